package dev.caravan.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.sqlite.SQLiteConfig;

/**
 * The crash-safe record of every migration that this platform took part in. Each write is on disk (write-ahead log,
 * synchronous FULL) before the method returns, so that a stage is acted on only after it would survive the loss of
 * the machine. One SQLite file of mode 0600, which {@code sqlite3} can read at any time.
 */
public final class Journal implements AutoCloseable {
    private static final String SCHEMA = """
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
                                         """;
    private static final String COLUMNS = "id, role, container, source, destination, stage, reason, updated_at, report";

    private final Connection connection;

    /** Opens the journal in {@code file}, making it if it is not there. */
    public Journal(Path file) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(5_000);
        config.enforceForeignKeys(true);
        try {
            if (Files.notExists(file)) {
                Files.createFile(file,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            connection = config.createConnection("jdbc:sqlite:" + file);
            try (Statement statement = connection.createStatement()) {
                for (String sql : SCHEMA.split(";\\s*\\n")) {
                    statement.execute(sql);
                }
            }
        } catch (IOException | SQLException e) {
            throw new JournalFailed("cannot open the journal " + file, e);
        }
    }

    /**
     * Enters a new migration at {@link Stage#REQUESTED}.
     *
     * @return false if the journal has it already: its request has been acted on before
     */
    public boolean open(UUID id, Role role, String container, String source, String destination) {
        return write(() -> {
            try (PreparedStatement insert = connection.prepareStatement("insert or ignore into migration (" + COLUMNS
                    + ") values (?, ?, ?, ?, ?, ?, '', ?, null)")) {
                Instant now = Instant.now();
                insert.setString(1, id.toString());
                insert.setString(2, role.name());
                insert.setString(3, container);
                insert.setString(4, source);
                insert.setString(5, destination);
                insert.setString(6, Stage.REQUESTED.name());
                insert.setLong(7, now.toEpochMilli());
                boolean isNew = insert.executeUpdate() == 1;
                if (isNew) {
                    addTransition(id, Stage.REQUESTED, now, "");
                }
                return isNew;
            }
        });
    }

    /**
     * Records that the migration enters {@code stage}.
     *
     * @param reason why, if this is not simply the next step; may be empty
     * @throws IllegalTransition if the state machine has no such step from the present stage
     */
    public void enter(UUID id, Stage stage, String reason) {
        write(() -> {
            Stage present = find(id).orElseThrow(() -> new IllegalArgumentException("unknown migration " + id))
                    .stage();
            if (!present.mayBecome(stage)) {
                throw new IllegalTransition(id, present, stage);
            }
            Instant now = Instant.now();
            try (PreparedStatement update = connection.prepareStatement(
                    "update migration set stage = ?, reason = case when ? = '' then reason else ? end, updated_at = ?"
                            + " where id = ?")) {
                update.setString(1, stage.name());
                update.setString(2, reason);
                update.setString(3, reason);
                update.setLong(4, now.toEpochMilli());
                update.setString(5, id.toString());
                update.executeUpdate();
            }
            addTransition(id, stage, now, reason);
            return null;
        });
    }

    /** Keeps a fact that recovery needs after a crash, for example where the commit gate is. Never a secret. */
    public void remember(UUID id, String name, String value) {
        write(() -> {
            try (PreparedStatement insert = connection
                    .prepareStatement("insert or replace into fact (migration, name, value) values (?, ?, ?)")) {
                insert.setString(1, id.toString());
                insert.setString(2, name);
                insert.setString(3, value);
                return insert.executeUpdate();
            }
        });
    }

    /** A fact that was {@linkplain #remember remembered}. */
    public Optional<String> recall(UUID id, String name) {
        return read("select value from fact where migration = ? and name = ?", row -> row.getString(1), id.toString(),
                name).stream().findFirst();
    }

    /** Keeps the report of a migration that has ended. */
    public void report(UUID id, String json) {
        write(() -> {
            try (PreparedStatement update = connection
                    .prepareStatement("update migration set report = ? where id = ?")) {
                update.setString(1, json);
                update.setString(2, id.toString());
                return update.executeUpdate();
            }
        });
    }

    /** The migration of that identity, if this platform took part in it. */
    public Optional<JournalledMigration> find(UUID id) {
        return read("select " + COLUMNS + " from migration where id = ?", Journal::migration, id.toString()).stream()
                .findFirst();
    }

    /** Migrations that have not reached a final stage, oldest first. */
    public List<JournalledMigration> unfinished() {
        return all().stream().filter(m -> !m.stage().isFinal()).toList();
    }

    /** All migrations, oldest first. */
    public List<JournalledMigration> all() {
        return read("select " + COLUMNS + " from migration order by rowid", Journal::migration);
    }

    /** The steps of a migration, in order. */
    public List<Transition> history(UUID id) {
        return read("select stage, at, reason from transition where migration = ? order by rowid",
                row -> new Transition(Stage.valueOf(row.getString(1)), Instant.ofEpochMilli(row.getLong(2)),
                        row.getString(3)),
                id.toString());
    }

    @Override
    public synchronized void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new JournalFailed("cannot close the journal", e);
        }
    }

    private void addTransition(UUID id, Stage stage, Instant at, String reason) throws SQLException {
        try (PreparedStatement insert = connection
                .prepareStatement("insert into transition (migration, stage, at, reason) values (?, ?, ?, ?)")) {
            insert.setString(1, id.toString());
            insert.setString(2, stage.name());
            insert.setLong(3, at.toEpochMilli());
            insert.setString(4, reason);
            insert.executeUpdate();
        }
    }

    private static JournalledMigration migration(ResultSet row) throws SQLException {
        return new JournalledMigration(UUID.fromString(row.getString(1)), Role.valueOf(row.getString(2)),
                row.getString(3), row.getString(4), row.getString(5), Stage.valueOf(row.getString(6)),
                row.getString(7), Instant.ofEpochMilli(row.getLong(8)), row.getString(9));
    }

    private interface Write<T> {
        T run() throws SQLException;
    }

    private interface Row<T> {
        T map(ResultSet row) throws SQLException;
    }

    private synchronized <T> T write(Write<T> work) {
        try {
            connection.setAutoCommit(false);
            try {
                T result = work.run();
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new JournalFailed("cannot write to the journal", e);
        }
    }

    private synchronized <T> List<T> read(String sql, Row<T> mapper, String... parameters) {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                select.setString(i + 1, parameters[i]);
            }
            List<T> rows = new ArrayList<>();
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    rows.add(mapper.map(result));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new JournalFailed("cannot read the journal", e);
        }
    }
}
