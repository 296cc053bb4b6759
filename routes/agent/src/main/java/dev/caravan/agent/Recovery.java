package dev.caravan.agent;

import dev.caravan.host.Discrepancies;
import dev.caravan.host.Discrepancy;
import dev.caravan.host.HostTraces;
import dev.caravan.host.JournalCheck;
import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.routes.Mailboxes;
import dev.caravan.routes.RememberedMigrations;
import dev.caravan.stage.Platform;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After a crash, before anything else: what had not committed is undone, what had goes forward, and a container that is held
 * at its gate stays there until the source has said what its journal holds. A source that has lost its own copy while the
 * destination may hold one waits for that, and commits. What cannot be taken up or undone is tried again. None of it needs a
 * TPM, a broker or an authority. What the journal does not explain is left to a person.
 */
final class Recovery extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private static final int AGAIN_MILLIS = 5_000;

    private final Platform platform;
    private final Mailboxes mailboxes;
    private final RememberedMigrations remembered;
    private final Discrepancies discrepancies;
    private final HostTraces traces;
    private final JournalCheck check;
    private final Set<UUID> left = new LinkedHashSet<>();

    /** @param discrepancies gets what the journal does not explain */
    Recovery(Platform platform, Mailboxes mailboxes, RememberedMigrations remembered, Discrepancies discrepancies) {
        this.platform = platform;
        this.mailboxes = mailboxes;
        this.remembered = remembered;
        this.discrepancies = discrepancies;
        this.traces = new HostTraces(platform.runtime(), platform.network(), platform.workspaces());
        this.check = new JournalCheck(platform.name());
    }

    /** Takes every unfinished migration up again, then looks for what no migration in the journal explains. */
    void run() {
        Journal journal = platform.migrations().journal();
        journal.unfinished().stream().filter(entry -> entry.stage() != Stage.IN_DOUBT).forEach(this::takeUp);
        try {
            check.unexplained(journal.all(), traces.containers(), traces.workspaces()).forEach(discrepancies::add);
        } catch (IOException | RuntimeException e) {
            LOG.error("this host cannot be compared with its journal: {}", e.toString(), e);
        }
    }

    /**
     * Returns when nothing waits to be taken up or undone.
     *
     * @param obstacle why the agent will end then
     */
    synchronized void await(Exception obstacle) throws InterruptedException {
        if (isAnyLeft()) {
            LOG.error("this agent cannot take migrations ({}), and goes on trying to undo those that were cut off: {}",
                    obstacle.getMessage(), left);
        }
        while (isAnyLeft()) {
            wait(AGAIN_MILLIS);
        }
    }

    private boolean isAnyLeft() {
        left.removeIf(id -> entry(id).isEmpty());
        return !left.isEmpty();
    }

    /** What could not be taken up is tried again until it is. */
    @Override
    public void configure() {
        from("timer:recovery?period=" + AGAIN_MILLIS + "&delay=" + AGAIN_MILLIS).routeId("recovery")
                .process(exchange -> again());
    }

    private synchronized void again() {
        List.copyOf(left).forEach(id -> entry(id).ifPresentOrElse(this::takeUp, () -> left.remove(id)));
        notifyAll();
    }

    private synchronized void takeUp(JournalledMigration entry) {
        boolean again = left.contains(entry.id());
        if (!again) {
            LOG.warn("migration {} of {} was cut off while {}", entry.id(), entry.container(), entry.stage().label());
        }
        try {
            Optional<Migration> taken = platform.migrations().find(entry.id());
            Optional<Discrepancy> odd = taken.isPresent()
                    ? Optional.empty()
                    : check.of(entry, platform.migrations().journal().history(entry.id()),
                            traces.container(entry.container()), traces.workspace(entry.id()));
            if (odd.isPresent()) {
                discrepancies.add(odd.get());
                left.remove(entry.id());
                return;
            }
            if (taken.isPresent()) {
                // the watchdog does the same, but only once messages are taken
                mailboxes.look(taken.get());
            } else {
                take(platform.migrations().resume(remembered.unfinished(entry)), entry);
            }
        } catch (IOException | RuntimeException e) {
            // the other migrations must not wait for what hinders this one
            if (!again) {
                LOG.error("migration {} of {} cannot be taken up again yet, stays {}, and is tried every {} s: {}",
                        entry.id(), entry.container(), entry.stage().label(), AGAIN_MILLIS / 1000, e.toString(), e);
            }
        }
        if (entry(entry.id()).filter(this::waits).isPresent()) {
            left.add(entry.id());
        } else {
            left.remove(entry.id());
        }
    }

    /** Whether it has not been taken up, or still has to be undone. */
    private boolean waits(JournalledMigration entry) {
        return platform.migrations().find(entry.id()).filter(migration -> migration.aborted() == null).isEmpty();
    }

    private Optional<JournalledMigration> entry(UUID id) {
        return platform.migrations().journal().find(id).filter(found -> !found.stage().isFinal());
    }

    /** What is to be undone is undone at once; anything else waits until the agent serves. */
    private void take(Migration migration, JournalledMigration entry) {
        mailboxes.restarted(migration, cutOff(entry));
        if (migration.aborted() == null) {
            LOG.warn("migration {} of {} goes on from {}", entry.id(), entry.container(), entry.stage().label());
        }
    }

    private MigrationFailed cutOff(JournalledMigration entry) {
        String why = entry.reason().isEmpty()
                ? "the agent of " + platform.name() + " was restarted while " + entry.stage().label()
                : entry.reason();
        return MigrationFailed.rollBack("restarted", why);
    }
}
