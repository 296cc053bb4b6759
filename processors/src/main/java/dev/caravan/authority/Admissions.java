package dev.caravan.authority;

import dev.caravan.store.Store;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Admissions of platforms, in the owner authority's ledger. Each is good for one enrolment, and their identities stay. */
final class Admissions {
    /**
     * A platform that may enrol.
     *
     * @param replaces whether it may take the name from a platform with another EK
     */
    record Admission(UUID id, String platform, String ekSha256, boolean replaces, Instant expiresAt) {
    }

    private final Store store;

    Admissions(Store store) {
        this.store = store;
    }

    /** Enters an admission instead of an earlier one of that platform; false if its identity was seen before. */
    boolean enter(Admission admission, String operator) {
        return store.transaction(() -> {
            if (!store.query("select 1 from admission where id = ?", row -> true, admission.id().toString())
                    .isEmpty()) {
                return false;
            }
            store.execute("update admission set open = 0 where platform = ?", admission.platform());
            return store.execute(
                    "insert into admission (id, platform, ek, replaces, operator, expires_at, open)"
                            + " values (?, ?, ?, ?, ?, ?, 1)",
                    admission.id().toString(), admission.platform(), admission.ekSha256(),
                    admission.replaces() ? 1 : 0, operator, admission.expiresAt().toEpochMilli()) == 1;
        });
    }

    /** The admission by which that platform may enrol now. */
    Optional<Admission> open(String platform, String ekSha256, Instant now) {
        return store.query(
                "select id, platform, ek, replaces, expires_at from admission"
                        + " where platform = ? and ek = ? and open = 1 and expires_at > ?",
                row -> new Admission(UUID.fromString(row.getString(1)), row.getString(2), row.getString(3),
                        row.getInt(4) == 1, Instant.ofEpochMilli(row.getLong(5))),
                platform, ekSha256, now.toEpochMilli()).stream().findFirst();
    }

    /** Uses an admission up. */
    void close(UUID id) {
        store.execute("update admission set open = 0 where id = ?", id.toString());
    }

    /**
     * Takes back what was admitted under that name, or by the operator of that name, and has not enrolled yet.
     *
     * @return whether anything was
     */
    boolean withdraw(String name) {
        return store.execute("update admission set open = 0 where open = 1 and (platform = ? or operator = ?)", name,
                name) > 0;
    }
}
