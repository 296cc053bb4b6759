package dev.caravan.routes;

import dev.caravan.event.Outcome;
import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.stage.Reports;
import dev.caravan.stage.Platform;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;

/** What the routes of all stages share: entering a stage, and ending. A failed step fails the exchange at once. */
abstract class StageRoutes extends RouteBuilder {
    final Platform platform;

    StageRoutes(Platform platform) {
        this.platform = platform;
    }

    /** Journals that the migration, if it is still wanted, enters {@code stage}, before anything of that stage is done. */
    Processor enter(Stage stage) {
        return new Entry(stage, exchange -> {
            Migration migration = Steps.migration(exchange);
            migration.requireWanted();
            platform.migrations().enter(migration, stage, "");
            migration.expectPeer();
        });
    }

    /** The same after the commit, when nobody can end the migration any more; the step may be repeated. */
    Processor advance(Stage stage) {
        return new Entry(stage, exchange -> {
            Migration migration = Steps.migration(exchange);
            if (migration.stage() != stage) {
                platform.migrations().enter(migration, stage, "");
            }
        });
    }

    /** Ends the migration as it should end; the body is what there is to remark on, if anything. */
    Processor complete() {
        return new Entry(Stage.COMPLETED, exchange -> {
            Migration migration = Steps.migration(exchange);
            String remark = exchange.getMessage().getBody(String.class);
            platform.migrations().end(migration,
                    Reports.report(migration, Outcome.COMPLETED, null, remark == null ? "" : remark));
        });
    }
}
