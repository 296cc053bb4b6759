package dev.caravan.routes;

import dev.caravan.event.MigrationReport;
import dev.caravan.event.Outcome;
import dev.caravan.handover.Action;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.stage.Platform;
import dev.caravan.stage.Reports;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;

/**
 * What the routes of all stages share. There is one route for each reaction of the protocol, of its name, with its actions in
 * its order. A failed step fails the exchange at once.
 */
abstract class StageRoutes extends RouteBuilder {
    final Platform platform;

    StageRoutes(Platform platform) {
        this.platform = platform;
    }

    /** Journals that the migration enters {@code stage}, before anything of that stage is done. */
    Processor enter(Stage stage) {
        return labelled(new Action.Enter(stage), exchange -> {
            Migration migration = Steps.migration(exchange);
            // the commit is the last moment at which a wish to end it counts
            if (stage.isBeforeCommit() || stage == Stage.COMMITTING) {
                migration.requireWanted();
            }
            platform.migrations().enter(migration, stage,
                    stage == Stage.ROLLING_BACK ? migration.aborted().getMessage() : "");
            if (stage.isBeforeCommit()) {
                migration.expectPeer();
            } else {
                migration.expectNothing();
            }
        });
    }

    /** Ends the migration as it should end; the body is what there is to remark on, if anything. */
    Processor complete() {
        return labelled(new Action.End(Stage.COMPLETED), exchange -> {
            Migration migration = Steps.migration(exchange);
            end(migration, Outcome.COMPLETED, null, remark(exchange));
        });
    }

    /** Ends the migration for the reason that it was given up for; the body is what there is to remark on, if anything. */
    Processor giveUp() {
        return labelled(new Action.End(Stage.ROLLED_BACK), exchange -> {
            Migration migration = Steps.migration(exchange);
            MigrationFailed why = migration.aborted();
            String remark = remark(exchange);
            boolean gone = migration.role() == Role.SOURCE && !remark.isEmpty();
            end(migration, why.outcome(), gone ? MigrationReport.CONTAINER_GONE : why.error(),
                    why.getMessage() + remark);
        });
    }

    /** Leaves the migration to a person, or to what the other side may still say; the report says what to do. */
    Processor doubt(Processor report) {
        return labelled(new Action.Enter(Stage.IN_DOUBT), report);
    }

    void end(Migration migration, Outcome outcome, String error, String reason) {
        platform.migrations().end(migration, Reports.report(migration, outcome, error, reason));
    }

    private static String remark(Exchange exchange) {
        String remark = exchange.getMessage().getBody(String.class);
        return remark == null ? "" : remark;
    }

    private static Processor labelled(Action action, Processor processor) {
        return new Steps.Labelled(action.toString(), processor);
    }
}
