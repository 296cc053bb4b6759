package dev.caravan.migration;

import dev.caravan.event.MigrationEvents;
import dev.caravan.event.MigrationReport;
import dev.caravan.handover.Settlement;
import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.store.StoreFailed;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The migrations that run on this platform now. Each step is journalled before anybody hears of it. */
public final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

    private final Journal journal;
    private final LongSupplier nanoTime;
    private final ConcurrentHashMap<UUID, Migration> running = new ConcurrentHashMap<>();
    private final List<MigrationListener> listeners = new CopyOnWriteArrayList<>();

    public Migrations(Journal journal) {
        this(journal, System::nanoTime);
    }

    /** @param nanoTime a monotonic clock in nanoseconds, by which the silence of other sides is measured */
    public Migrations(Journal journal, LongSupplier nanoTime) {
        this.journal = journal;
        this.nanoTime = nanoTime;
    }

    public Journal journal() {
        return journal;
    }

    public void listen(MigrationListener listener) {
        listeners.add(listener);
    }

    /**
     * Takes a new migration in.
     *
     * @return false if this platform has acted on it before
     * @throws AlreadyMigrating
     *             if the journal has another migration of that container, in either role, that has not ended
     */
    public boolean open(Migration migration) {
        if (!take(migration)) {
            return false;
        }
        tell(listener -> listener.entered(migration, Stage.REQUESTED, ""));
        return true;
    }

    /** At once, whoever else asks: requests come by several ways at the same time. */
    private synchronized boolean take(Migration migration) {
        if (journal.find(migration.id()).isPresent()) {
            return false;
        }
        Optional<JournalledMigration> other = journal.unfinished().stream()
                .filter(entry -> entry.container().equals(migration.container()))
                .filter(entry -> Settlement.holdsContainer(entry.role(), entry.stage()))
                .findFirst();
        if (other.isPresent()) {
            throw new AlreadyMigrating(other.get());
        }
        boolean taken = journal.open(migration.id(), migration.role(), migration.container(), migration.source(),
                migration.destination());
        if (taken) {
            journal.remember(migration.id(), Facts.MODE, migration.mode().label());
            resume(migration);
        }
        return taken;
    }

    /**
     * Takes a migration in that the journal already has: after a restart, or when somebody can still resolve it.
     *
     * @return the one that runs, which is another if it had been taken in before
     */
    public Migration resume(Migration migration) {
        migration.nanoTime(nanoTime);
        Migration before = running.putIfAbsent(migration.id(), migration);
        return before == null ? migration : before;
    }

    /** The running migration of that identity. */
    public Optional<Migration> find(UUID id) {
        return Optional.ofNullable(running.get(id));
    }

    /** The running migration of that container in that role. */
    public Optional<Migration> of(String container, Role role) {
        return running.values().stream().filter(m -> m.role() == role && m.container().equals(container)).findFirst();
    }

    public Collection<Migration> running() {
        return List.copyOf(running.values());
    }

    /** Journals that the migration enters {@code stage}, then tells. */
    public void enter(Migration migration, Stage stage, String reason) {
        journal.enter(migration.id(), stage, reason);
        migration.entered(stage);
        tell(listener -> listener.entered(migration, stage, reason));
    }

    public void progressed(Migration migration) {
        tell(listener -> listener.progressed(migration));
    }

    /**
     * Ends the migration: journals its final stage and report, forgets it, tells. If the final stage cannot be journalled
     * it has not ended, and this must be tried again; what fails after that does not keep it from ending.
     *
     * @throws dev.caravan.store.StoreFailed if the final stage cannot be journalled
     */
    public void end(Migration migration, MigrationReport report) {
        migration.expectNothing();
        enter(migration, report.outcome().stage(), report.reason());
        migration.report(report);
        try {
            journal.report(migration.id(), MigrationEvents.toJson(report));
        } catch (StoreFailed e) {
            LOG.error("the report of migration {} is not kept: {}", migration.id(), e.toString(), e);
        } finally {
            running.remove(migration.id());
            migration.close();
        }
        tell(listener -> listener.ended(migration));
    }

    /** Whoever only listens keeps neither the migration nor the other listeners from going on. */
    private void tell(Consumer<MigrationListener> news) {
        for (MigrationListener listener : listeners) {
            try {
                news.accept(listener);
            } catch (RuntimeException e) {
                LOG.error("news of a migration did not reach {}: {}", listener.getClass().getSimpleName(),
                        e.toString(), e);
            }
        }
    }
}
