package dev.caravan.routes;

import static dev.caravan.routes.StageExchange.control;
import static dev.caravan.routes.StageExchange.destination;
import static dev.caravan.routes.StageExchange.source;

import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlType;
import dev.caravan.criu.HeldRestore;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import java.io.IOException;

/**
 * Committing: the source checks what the destination holds, journals the commit and lets go of the container's address;
 * the destination opens the gate. From the commit on the migration only goes forward.
 */
public final class CommittingRoute extends StageRoutes {
    private final SourceStages source;
    private final DestinationStages destination;

    public CommittingRoute(Platform platform, SourceStages source, DestinationStages destination) {
        super(platform);
        this.source = source;
        this.destination = destination;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from("direct:held").routeId("committing-source")
                .process(source((migration, exchange) -> source.verifyHeld(migration,
                        ControlCodec.body(control(exchange), Held.class))))
                .process(enter(Stage.COMMITTING))
                .process(source((migration, exchange) -> {
                    migration.expectNothing();
                    source.letGo(migration);
                }));

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
            case GONE -> platform.control().send(ControlCodec.message(ControlType.LOST, migration.id(),
                    platform.name(), migration.peer(), new Reason("lost", migration.container()
                            + " was restored but ended when its gate was opened", false, null)));
            default -> throw new IllegalStateException("the gate of " + migration.container()
                    + " is open, but it is not known yet whether it runs");
        }
    }
}
