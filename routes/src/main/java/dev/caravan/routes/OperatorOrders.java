package dev.caravan.routes;

import dev.caravan.event.Outcome;
import dev.caravan.handover.Event;
import dev.caravan.host.Discrepancies;
import dev.caravan.host.Discrepancy;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Migrations;
import dev.caravan.query.OperatorQuery.Runs;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What operators order about a migration that is under way. What is answered says whether it is being done, or why not. */
public final class OperatorOrders {
    private static final Map<String, Object> ACCEPTED = Map.of("accepted", true);
    /** Without a reason: another platform answers. */
    private static final Map<String, Object> NOT_CONCERNED = Map.of("accepted", false);

    private final Migrations migrations;
    private final Mailboxes mailboxes;
    private final RememberedMigrations remembered;
    private final Discrepancies discrepancies;

    public OperatorOrders(Migrations migrations, Mailboxes mailboxes, RememberedMigrations remembered,
            Discrepancies discrepancies) {
        this.migrations = migrations;
        this.mailboxes = mailboxes;
        this.remembered = remembered;
        this.discrepancies = discrepancies;
    }

    /** Ends a migration that has not committed; its source answers. */
    Map<String, Object> cancel(UUID id) {
        Migration migration = migrations.find(id).filter(m -> m.role() == Role.SOURCE).orElse(null);
        if (migration == null) {
            return migrations.journal().find(id).filter(m -> m.role() == Role.SOURCE)
                    .map(known -> refused(discrepancies.of(id).map(Discrepancy::found)
                            .orElse("migration " + id + " has ended already: it is " + known.stage().label())))
                    .orElse(NOT_CONCERNED);
        }
        return mailboxes
                .cancel(migration,
                        new MigrationFailed(Outcome.CANCELLED, "cancelled", "an operator cancelled the migration"))
                .map(OperatorOrders::refused).orElse(ACCEPTED);
    }

    /**
     * Settles a migration by what a person has seen; both sides answer. It may be one that the agent has not taken up, since
     * its host contradicts the journal.
     *
     * @param runs where the container goes on
     */
    Map<String, Object> resolve(UUID id, Runs runs) throws IOException {
        Optional<JournalledMigration> entry = migrations.journal().find(id);
        if (entry.isEmpty()) {
            return NOT_CONCERNED;
        }
        Event event = runs == Runs.SOURCE ? Event.RESOLVED_FOR_SOURCE : Event.RESOLVED_FOR_DESTINATION;
        Migration migration = migration(entry.get());
        if (mailboxes.reaction(migration, event).isNothing()) {
            return refused("migration " + id + " is " + migration.stage().label() + " here, which is not in doubt"
                    + (migration.stage().isBeforeCommit() ? "; 'caravan cancel' ends it" : ""));
        }
        mailboxes.post(migrations.find(id).orElseGet(() -> migrations.resume(migration)), event,
                MigrationFailed.rollBack("resolved",
                        "an operator resolved it: " + migration.container() + " goes on at " + migration.source()));
        return ACCEPTED;
    }

    private Migration migration(JournalledMigration entry) throws IOException {
        Optional<Migration> running = migrations.find(entry.id());
        if (running.isPresent()) {
            return running.get();
        }
        return entry.stage().isFinal() ? remembered.ended(entry) : remembered.unfinished(entry);
    }

    private static Map<String, Object> refused(String reason) {
        return Map.of("accepted", false, "reason", reason);
    }
}
