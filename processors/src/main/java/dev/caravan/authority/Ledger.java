package dev.caravan.authority;

import dev.caravan.store.Schema;
import dev.caravan.store.Store;
import java.math.BigInteger;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that one authority has issued, what of it is revoked, and the revocation list that holds now. It survives a crash,
 * and another process ({@code caravan authority revoke}) may write to it while the authority runs.
 */
final class Ledger implements AutoCloseable {
    private static final Schema SCHEMA = Schema
            .of("""
                create table if not exists issued (
                  serial text primary key, role text not null, subject text not null, ek text,
                  issued_at integer not null, expires_at integer not null);
                create table if not exists revoked (
                  serial text primary key, at integer not null, reason text not null);
                create table if not exists list (
                  number integer primary key, der blob not null);
                create table if not exists admission (
                  id text primary key, platform text not null, ek text not null, replaces integer not null,
                  operator text not null, expires_at integer not null, open integer not null);
                """);
    private static final String ISSUED = "select issued.serial, role, subject, ek, issued_at, expires_at, at, reason"
            + " from issued left join revoked on issued.serial = revoked.serial ";

    /** A serial number on a revocation list. */
    record Revoked(BigInteger serial, Instant at, RevocationReason reason) {
    }

    /** The last revocation list. */
    record LastList(long number, byte[] der) {
    }

    private final Store store;

    Ledger(Path file) {
        store = new Store(file, SCHEMA);
    }

    /** Where the ledger keeps what it was told; admissions are there, too. */
    Store store() {
        return store;
    }

    static String hex(BigInteger serial) {
        return serial.toString(16);
    }

    void issued(BigInteger serial, CertificateRole role, String subject, String ekSha256, Instant at,
            Instant expiresAt) {
        store.execute("insert into issued (serial, role, subject, ek, issued_at, expires_at) values (?, ?, ?, ?, ?, ?)",
                hex(serial), role.name(), subject, ekSha256, at.toEpochMilli(), expiresAt.toEpochMilli());
    }

    /** Everything that was issued, oldest first. */
    List<IssuedCertificate> all() {
        return store.query(ISSUED + "order by issued.rowid", Ledger::certificate);
    }

    /** What was issued to that name, oldest first. */
    List<IssuedCertificate> issuedTo(String subject) {
        return store.query(ISSUED + "where subject = ? order by issued.rowid", Ledger::certificate, subject);
    }

    /** What was issued to the platform with that EK certificate, oldest first. */
    List<IssuedCertificate> issuedForEk(String ekSha256) {
        return store.query(ISSUED + "where ek = ? order by issued.rowid", Ledger::certificate, ekSha256);
    }

    Optional<IssuedCertificate> find(String serial) {
        return store.query(ISSUED + "where issued.serial = ?", Ledger::certificate, serial).stream().findFirst();
    }

    /** Revokes a serial number, for good; false if it was revoked before. */
    boolean revoke(BigInteger serial, Instant at, RevocationReason reason) {
        return store.execute("insert or ignore into revoked (serial, at, reason) values (?, ?, ?)", hex(serial),
                at.toEpochMilli(), reason.name()) == 1;
    }

    /** What was revoked, but for certificates that have expired before {@code then}: nobody takes those any more. */
    List<Revoked> revoked(Instant then) {
        return store.query(
                "select revoked.serial, at, reason from revoked left join issued on issued.serial = revoked.serial"
                        + " where expires_at is null or expires_at > ? order by revoked.rowid",
                row -> new Revoked(new BigInteger(row.getString(1), 16), Instant.ofEpochMilli(row.getLong(2)),
                        RevocationReason.valueOf(row.getString(3))),
                then.toEpochMilli());
    }

    Optional<LastList> list() {
        return store.query("select number, der from list order by number desc limit 1",
                row -> new LastList(row.getLong(1), row.getBytes(2))).stream().findFirst();
    }

    void list(long number, byte[] der) {
        store.execute("delete from list");
        store.execute("insert into list (number, der) values (?, ?)", number, der);
    }

    @Override
    public void close() {
        store.close();
    }

    private static IssuedCertificate certificate(ResultSet row) throws SQLException {
        String reason = row.getString(8);
        return new IssuedCertificate(row.getString(1), CertificateRole.valueOf(row.getString(2)), row.getString(3),
                row.getString(4), Instant.ofEpochMilli(row.getLong(5)), Instant.ofEpochMilli(row.getLong(6)),
                reason == null ? null : Instant.ofEpochMilli(row.getLong(7)),
                reason == null ? null : RevocationReason.valueOf(reason));
    }
}
