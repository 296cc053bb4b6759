package dev.caravan.routes;

import static dev.caravan.routes.StageExchange.destination;
import static dev.caravan.routes.StageExchange.source;

import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlType;
import dev.caravan.journal.Stage;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;

/** Preparing: the source describes the container, encrypted; the destination makes room for it, or says why not. */
public final class PreparingRoute extends StageRoutes {
    private final SourceStages source;
    private final DestinationStages destination;

    public PreparingRoute(Platform platform, SourceStages source, DestinationStages destination) {
        super(platform);
        this.source = source;
        this.destination = destination;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from("direct:preparing").routeId("preparing-source")
                .process(enter(Stage.PREPARING))
                .process(source((migration, exchange) -> source.describe(migration)));

        from("direct:described").routeId("preparing-destination")
                .process(enter(Stage.PREPARING))
                .process(destination((migration, exchange) -> destination.prepare(migration)))
                .process(enter(Stage.SYNCING))
                .process(destination((migration, exchange) -> platform.control().send(ControlCodec.message(
                        ControlType.PREPARED, migration.id(), platform.name(), migration.peer(), null))));
    }
}
