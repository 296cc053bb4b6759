package dev.caravan.routes;

import static dev.caravan.control.ControlType.PREPARED;
import static dev.caravan.routes.Direct.reply;
import static dev.caravan.routes.Steps.at;

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

        from(Direct.PREPARING).routeId("preparing-source")
                .process(enter(Stage.PREPARING))
                .process(at(source::describe));

        from(Direct.DESCRIBED).routeId("preparing-destination")
                .process(enter(Stage.PREPARING))
                .process(at(destination::prepare))
                .process(enter(Stage.SYNCING))
                .to(reply(PREPARED));
    }
}
