package dev.caravan.routes;

import static dev.caravan.control.ControlType.PREPARED;
import static dev.caravan.routes.Direct.reply;
import static dev.caravan.routes.Steps.at;
import static dev.caravan.routes.Steps.step;

import dev.caravan.handover.Reactions;
import dev.caravan.handover.Step;
import dev.caravan.journal.Stage;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;

/** Preparing: the destination, which has the container's description, makes room for it, or says why not. */
public final class PreparingRoute extends StageRoutes {
    private final DestinationStages destination;

    public PreparingRoute(Platform platform, DestinationStages destination) {
        super(platform);
        this.destination = destination;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(Reactions.PREPARE)).routeId("prepare")
                .process(enter(Stage.PREPARING))
                .process(step(Step.PREPARE, at(destination::prepare)))
                .process(enter(Stage.SYNCING))
                .to(reply(PREPARED));
    }
}
