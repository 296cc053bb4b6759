package dev.caravan.routes;

import static dev.caravan.control.ControlType.COMMIT;
import static dev.caravan.control.ControlType.HELD;
import static dev.caravan.control.ControlType.LOST;
import static dev.caravan.control.ControlType.RUNNING;
import static dev.caravan.routes.Direct.LET_GO;
import static dev.caravan.routes.Direct.reply;
import static dev.caravan.routes.Direct.tell;
import static dev.caravan.routes.Steps.at;

import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.criu.HeldRestore;
import dev.caravan.event.Outcome;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migration;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.Reports;
import dev.caravan.stage.SourceStages;
import java.io.IOException;
import org.apache.camel.Exchange;

/**
 * Committing: the source checks what the destination holds, journals the commit and lets go of the container's address;
 * the destination opens the gate. From the commit on the migration only goes forward.
 */
public final class CommittingRoute extends StageRoutes {
    private final Attesting attesting;
    private final SourceStages source;
    private final DestinationStages destination;
    private final Cleanup remains;

    public CommittingRoute(Platform platform, Attesting attesting, SourceStages source, DestinationStages destination,
            Cleanup remains) {
        super(platform);
        this.attesting = attesting;
        this.source = source;
        this.destination = destination;
        this.remains = remains;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(HELD)).routeId("committing-source")
                .process(at(Held.class, attesting::appraiseHeld))
                .process(enter(Stage.COMMITTING))
                .process(at(Migration::expectNothing))
                .to(LET_GO);

        from(LET_GO).routeId("letting-go")
                .process(at(source::letGo))
                .to(reply(COMMIT));

        from(Direct.of(COMMIT)).routeId("committing-destination")
                .process(advance(Stage.COMMITTING))
                .process(at(destination::openGate))
                .choice()
                .when(body().isEqualTo(HeldRestore.Outcome.RUNNING))
                .process(advance(Stage.RELEASING))
                .to(reply(RUNNING))
                .when(body().isEqualTo(HeldRestore.Outcome.GONE))
                .process(at(this::lost))
                .to(tell(LOST))
                .otherwise()
                .process(CommittingRoute::unknown)
                .end();
    }

    /** Nothing of it is left: only then may the source hear of it. */
    private Reason lost(DestinationMigration migration) throws IOException {
        remains.lost(migration.id(), migration.container());
        Reason reason = new Reason("lost", migration.container() + " was restored at " + platform.name()
                + " but ended when its gate was opened", false, null);
        platform.migrations().end(migration, Reports.report(migration, Outcome.IN_DOUBT, reason.error(),
                reason.reason() + "; nothing of it is left here, and " + migration.source()
                        + " keeps its frozen copy"));
        return reason;
    }

    private static void unknown(Exchange exchange) {
        throw new IllegalStateException("the gate of " + Steps.migration(exchange).container()
                + " is open, but it is not known yet whether it runs");
    }
}
