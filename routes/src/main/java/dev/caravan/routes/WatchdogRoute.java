package dev.caravan.routes;

import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlType;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.stage.Platform;
import java.util.Locale;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after migrations that wait: gives up before the commit when the other side is silent, asks the source when a
 * container is held and no decision came, and repeats after the commit what the other side may not have heard.
 */
public final class WatchdogRoute extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(WatchdogRoute.class);

    private final Platform platform;
    private final StageRunner runner;

    public WatchdogRoute(Platform platform, StageRunner runner) {
        this.platform = platform;
        this.runner = runner;
    }

    @Override
    public void configure() {
        from("timer:watchdog?period=2000&delay=3000").routeId("watchdog")
                .process(exchange -> platform.migrations().running().forEach(this::lookSafely));
    }

    /** What hinders one migration must not keep the others waiting. */
    private void lookSafely(Migration migration) {
        try {
            look(migration);
        } catch (RuntimeException e) {
            LOG.error("migration {} of {} cannot be looked after, and will be looked at again: {}", migration.id(),
                    migration.container(), e.toString(), e);
        }
    }

    private void look(Migration migration) {
        if (migration.silence().compareTo(Migration.PATIENCE) > 0 && migration.aborted() == null) {
            MigrationFailed silent = MigrationFailed.rollBack("silent",
                    String.format(Locale.ROOT, "nothing was heard of %s for %d s while %s", migration.peer(),
                            Migration.PATIENCE.toSeconds(), migration.stage().label()));
            Thread ending = new Thread(() -> runner.abort(migration, silent), "end " + migration.id());
            ending.setDaemon(true);
            ending.start();
            return;
        }
        // a stage that runs now needs no help
        if (!migration.lock().tryLock()) {
            return;
        }
        try {
            if (migration.stage() == Stage.ROLLING_BACK) {
                runner.finishRollBack(migration, migration.aborted());
            } else if (migration.aborted() != null && migration.stage().isBeforeCommit()) {
                // its end could not be journalled
                runner.abort(migration, migration.aborted());
            } else if (migration.role() == Role.SOURCE) {
                lookAtSource((SourceMigration) migration);
            } else {
                lookAtDestination((DestinationMigration) migration);
            }
        } finally {
            migration.lock().unlock();
        }
    }

    private void lookAtSource(SourceMigration migration) {
        if (migration.stage() == Stage.COMMITTING) {
            runner.run(migration, Direct.LET_GO, null);
        } else if (migration.stage() == Stage.RELEASING) {
            runner.run(migration, Direct.of(ControlType.RUNNING), null);
        }
    }

    private void lookAtDestination(DestinationMigration migration) {
        if (migration.stage() == Stage.RESTORING && migration.held() != null) {
            if (migration.held().outcome().isOver()) {
                runner.abort(migration, MigrationFailed.rollBack("restore",
                        migration.container() + " ended while it was held at its commit gate"));
            } else {
                if (migration.heldReport() != null) {
                    send(migration, ControlType.HELD, migration.heldReport());
                }
                send(migration, ControlType.QUERY, null);
            }
        } else if (migration.stage() == Stage.COMMITTING) {
            runner.run(migration, Direct.of(ControlType.COMMIT), null);
        } else if (migration.stage() == Stage.RELEASING) {
            send(migration, ControlType.RUNNING, null);
        }
    }

    private void send(Migration migration, ControlType type, Object body) {
        platform.control().sendWhenPossible(
                ControlCodec.message(type, migration.id(), platform.name(), migration.peer(), body));
    }
}
