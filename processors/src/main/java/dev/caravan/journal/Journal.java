package dev.caravan.journal;

import dev.caravan.store.Schema;
import dev.caravan.store.Store;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The crash-safe record of every migration that this platform took part in. Each write is on disk before the method
 * returns, so that a stage is acted on only after it would survive the loss of the machine.
 */
public final class Journal implements AutoCloseable {
    /** Its steps from version to version. */
    static final Schema SCHEMA = Schema
            .of("""
                create table if not exists migration (
                  id text primary key, role text not null, container text not null, source text not null,
                  destination text not null, stage text not null, reason text not null, updated_at integer not null,
                  report text);
                create table if not exists transition (
                  migration text not null references migration(id), stage text not null, at integer not null,
                  reason text not null);
                create table if not exists fact (
                  migration text not null references migration(id), name text not null, value text not null,
                  primary key (migration, name));
                create table if not exists rejected_request (
                  id text primary key, until integer not null, reason text not null);
                """);
    private static final String COLUMNS = "id, role, container, source, destination, stage, reason, updated_at, report";

    private final Store store;
    private final RejectedRequests rejectedRequests;

    /**
     * Opens the journal in {@code file}, making it if it is not there; one of an older version is upgraded.
     *
     * @throws dev.caravan.store.StoreFailed if it cannot be read, or a newer version wrote it
     */
    public Journal(Path file) {
        store = new Store(file, SCHEMA);
        rejectedRequests = new RejectedRequests(store);
    }

    /**
     * Enters a new migration at {@link Stage#REQUESTED}.
     *
     * @return false if the journal has it already: its request has been acted on before
     */
    public boolean open(UUID id, Role role, String container, String source, String destination) {
        return store.transaction(() -> {
            Instant now = Instant.now();
            boolean isNew = store.execute(
                    "insert or ignore into migration (" + COLUMNS + ") values (?, ?, ?, ?, ?, ?, '', ?, null)",
                    id.toString(), role.name(), container, source, destination, Stage.REQUESTED.name(),
                    now.toEpochMilli()) == 1;
            if (isNew) {
                addTransition(id, Stage.REQUESTED, now, "");
            }
            return isNew;
        });
    }

    /**
     * Records that the migration enters {@code stage}.
     *
     * @param reason why, if this is not simply the next step; may be empty
     * @throws IllegalTransition if the state machine has no such step from the present stage
     */
    public void enter(UUID id, Stage stage, String reason) {
        store.transaction(() -> {
            Stage present = find(id).orElseThrow(() -> new IllegalArgumentException("unknown migration " + id))
                    .stage();
            if (!present.mayBecome(stage)) {
                throw new IllegalTransition(id, present, stage);
            }
            Instant now = Instant.now();
            store.execute(
                    "update migration set stage = ?, reason = case when ? = '' then reason else ? end, updated_at = ?"
                            + " where id = ?",
                    stage.name(), reason, reason, now.toEpochMilli(), id.toString());
            addTransition(id, stage, now, reason);
            return null;
        });
    }

    /** Keeps a fact that recovery needs after a crash. */
    public <T> void remember(UUID id, Fact<T> fact, T value) {
        store.execute("insert or replace into fact (migration, name, value) values (?, ?, ?)", id.toString(),
                fact.name(), fact.write(value));
    }

    /** A fact that was {@linkplain #remember remembered}. */
    public <T> Optional<T> recall(UUID id, Fact<T> fact) {
        return store.query("select value from fact where migration = ? and name = ?", row -> row.getString(1),
                id.toString(), fact.name()).stream().findFirst().map(fact::read);
    }

    /** Keeps the report of a migration that has ended. */
    public void report(UUID id, String json) {
        store.execute("update migration set report = ? where id = ?", json, id.toString());
    }

    /** The migration of that identity, if this platform took part in it. */
    public Optional<JournalledMigration> find(UUID id) {
        return store.query("select " + COLUMNS + " from migration where id = ?", Journal::migration, id.toString())
                .stream().findFirst();
    }

    /** Migrations that have not reached a final stage, oldest first. */
    public List<JournalledMigration> unfinished() {
        return all().stream().filter(m -> !m.stage().isFinal()).toList();
    }

    /** All migrations, oldest first. */
    public List<JournalledMigration> all() {
        return store.query("select " + COLUMNS + " from migration order by rowid", Journal::migration);
    }

    /** The steps of a migration, in order. */
    public List<Transition> history(UUID id) {
        return store.query("select stage, at, reason from transition where migration = ? order by rowid",
                row -> new Transition(Stage.valueOf(row.getString(1)), Instant.ofEpochMilli(row.getLong(2)),
                        row.getString(3)),
                id.toString());
    }

    /** Requests that this platform would not act on. */
    public RejectedRequests rejectedRequests() {
        return rejectedRequests;
    }

    @Override
    public void close() {
        store.close();
    }

    private void addTransition(UUID id, Stage stage, Instant at, String reason) {
        store.execute("insert into transition (migration, stage, at, reason) values (?, ?, ?, ?)", id.toString(),
                stage.name(), at.toEpochMilli(), reason);
    }

    private static JournalledMigration migration(ResultSet row) throws SQLException {
        return new JournalledMigration(UUID.fromString(row.getString(1)), Role.valueOf(row.getString(2)),
                row.getString(3), row.getString(4), row.getString(5), Stage.valueOf(row.getString(6)),
                row.getString(7), Instant.ofEpochMilli(row.getLong(8)), row.getString(9));
    }
}
