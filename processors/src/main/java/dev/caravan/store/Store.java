package dev.caravan.store;

import dev.caravan.beneath.OwnerOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteConfig;

/**
 * One SQLite file of mode 0600, which {@code sqlite3} can read at any time. What was written is on disk (write-ahead
 * log, synchronous FULL) before the call returns. Several threads and processes may use one file: transactions come
 * one after the other.
 */
public final class Store implements AutoCloseable {
    /** How long a call waits for another process's transaction. */
    private static final int BUSY_MILLIS = 5_000;

    private final Path file;
    private final Connection connection;
    private boolean inTransaction;

    /** What is made of one row of a result. */
    public interface Row<T> {
        T map(ResultSet row) throws SQLException;
    }

    /** What is done as a whole or not at all. */
    public interface Work<T, X extends Exception> {
        T run() throws X;
    }

    /**
     * Opens the store in {@code file}, making it if it is not there.
     *
     * @param schema what is in it; a file of an older version is upgraded
     * @throws StoreFailed if it cannot be read, or is of a version that is newer than {@code schema}
     */
    public Store(Path file, Schema schema) {
        this.file = file;
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        // a transaction that reads before it writes must not find that another process has written meanwhile
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(BUSY_MILLIS);
        config.enforceForeignKeys(true);
        try {
            if (Files.notExists(file)) {
                Files.createFile(file,
                        OwnerOnly.FILE);
            }
            connection = config.createConnection("jdbc:sqlite:" + file);
        } catch (IOException | SQLException e) {
            throw new StoreFailed("cannot open " + file + ": " + e.getMessage(), e);
        }
        try {
            upgrade(schema);
        } catch (StoreFailed e) {
            close();
            throw e;
        }
    }

    /** As one transaction: another process may open the file at the same time, and a crash leaves the older version. */
    private void upgrade(Schema schema) {
        transaction(() -> {
            int version = query("pragma user_version", row -> row.getInt(1)).get(0);
            if (version > schema.version()) {
                throw new StoreFailed(file + " has version " + version + " of its format; this Caravan ("
                        + getClass().getPackage().getImplementationVersion() + ") reads versions 0 to "
                        + schema.version() + ". A newer Caravan has written it: start that one again. The file was not"
                        + " changed; do not delete it, it is all that is known of what was going on", null);
            }
            for (String statements : schema.steps().subList(version, schema.version())) {
                for (String sql : statements.split(";\\s*\\n")) {
                    execute(sql);
                }
            }
            return version == schema.version() ? 0 : execute("pragma user_version = " + schema.version());
        });
    }

    /** Runs {@code work} as one transaction; within another one it is part of that. Whatever it throws undoes all. */
    public synchronized <T, X extends Exception> T transaction(Work<T, X> work) throws X {
        if (inTransaction) {
            return work.run();
        }
        boolean done = false;
        try {
            connection.setAutoCommit(false);
            inTransaction = true;
            T result = work.run();
            connection.commit();
            done = true;
            return result;
        } catch (SQLException e) {
            throw new StoreFailed("cannot write to " + file + ": " + e.getMessage(), e);
        } finally {
            inTransaction = false;
            end(done);
        }
    }

    private void end(boolean committed) {
        try {
            if (!committed) {
                connection.rollback();
            }
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            throw new StoreFailed("cannot end a transaction of " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Runs a statement that changes something.
     *
     * @param parameters strings, numbers, byte arrays or nulls, in the order of the question marks
     * @return how many rows it changed
     */
    public synchronized int execute(String sql, Object... parameters) {
        try (PreparedStatement statement = prepare(sql, parameters)) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw new StoreFailed("cannot write to " + file + ": " + e.getMessage(), e);
        }
    }

    /** The rows that a question gives, in its order. */
    public synchronized <T> List<T> query(String sql, Row<T> mapper, Object... parameters) {
        try (PreparedStatement select = prepare(sql, parameters); ResultSet result = select.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(mapper.map(result));
            }
            return rows;
        } catch (SQLException e) {
            throw new StoreFailed("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private PreparedStatement prepare(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    @Override
    public synchronized void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new StoreFailed("cannot close " + file + ": " + e.getMessage(), e);
        }
    }
}
