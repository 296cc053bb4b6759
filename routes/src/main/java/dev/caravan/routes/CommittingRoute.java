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
                .when(body().in(HeldRestore.Outcome.ENDED, HeldRestore.Outcome.GONE))
                .process(at(HeldRestore.Outcome.class, this::lost))
                .to(tell(LOST))
                .otherwise()
                .process(CommittingRoute::unknown)
                .end();
    }

    /** Nothing of it can come to life any more, and the journal says the same: only then may the source hear of it. */
    private Reason lost(DestinationMigration migration, HeldRestore.Outcome outcome) throws IOException {
        Reason reason = new Reason("lost", migration.container() + " was restored at " + platform.name() + " but "
                + (outcome == HeldRestore.Outcome.GONE ? neverRan(migration) : mayHaveRun(migration)), false, null);
        platform.migrations().end(migration, Reports.report(migration, Outcome.IN_DOUBT, reason.error(),
                reason.reason() + "; " + migration.source() + " keeps its frozen copy"));
        return reason;
    }

    private String neverRan(DestinationMigration migration) throws IOException {
        String left = remains.destination(migration.id(), migration.container());
        return "ended before its gate was opened, and never ran there" + (left.isEmpty() ? "" : "; " + left);
    }

    private String mayHaveRun(DestinationMigration migration) throws IOException {
        return "ended when its gate was opened, and may have run before: "
                + remains.lost(migration.id(), migration.container());
    }

    private static void unknown(Exchange exchange) {
        throw new IllegalStateException("the gate of " + Steps.migration(exchange).container()
                + " is open, but it is not known yet whether it runs");
    }
}
