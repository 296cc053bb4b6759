package dev.caravan.routes;

import static dev.caravan.routes.StageExchange.control;
import static dev.caravan.routes.StageExchange.destination;
import static dev.caravan.routes.StageExchange.source;

import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlType;
import dev.caravan.criu.HeldRestore;
import dev.caravan.event.Outcome;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.Reports;
import dev.caravan.stage.SourceStages;
import java.io.IOException;

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

        from("direct:held").routeId("committing-source")
                .process(source((migration, exchange) -> attesting.appraiseHeld(migration,
                        ControlCodec.body(control(exchange), Held.class))))
                .process(enter(Stage.COMMITTING))
                .process(source((migration, exchange) -> migration.expectNothing()))
                .to("direct:let-go");

        from("direct:let-go").routeId("letting-go")
                .process(source((migration, exchange) -> source.letGo(migration)));

        from("direct:commit").routeId("committing-destination")
                .process(destination((migration, exchange) -> {
                    if (migration.stage() == Stage.RESTORING) {
                        platform.migrations().enter(migration, Stage.COMMITTING, "");
                    }
                    if (migration.stage() == Stage.COMMITTING) {
                        open(migration);
                    }
                }));
    }

    private void open(DestinationMigration migration) throws IOException {
        HeldRestore.Outcome outcome = destination.openGate(migration);
        switch (outcome) {
            case RUNNING -> {
                platform.control().send(ControlCodec.message(ControlType.RUNNING, migration.id(), platform.name(),
                        migration.peer(), null));
                platform.migrations().enter(migration, Stage.RELEASING, "");
            }
            case GONE -> lost(migration);
            default -> throw new IllegalStateException("the gate of " + migration.container()
                    + " is open, but it is not known yet whether it runs");
        }
    }

    private void lost(DestinationMigration migration) throws IOException {
        Reason reason = new Reason("lost", migration.container() + " was restored at " + platform.name()
                + " but ended when its gate was opened", false, null);
        platform.control().send(ControlCodec.message(ControlType.LOST, migration.id(), platform.name(),
                migration.peer(), reason));
        remains.lost(migration.id(), migration.container());
        platform.migrations().end(migration, Reports.report(migration, Outcome.IN_DOUBT, reason.error(),
                reason.reason() + "; nothing of it is left here, and " + migration.source()
                        + " keeps its frozen copy"));
    }
}
