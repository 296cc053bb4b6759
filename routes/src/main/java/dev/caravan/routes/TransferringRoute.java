package dev.caravan.routes;

import static dev.caravan.routes.Steps.at;
import static dev.caravan.routes.Steps.step;

import dev.caravan.handover.Reactions;
import dev.caravan.handover.Step;
import dev.caravan.journal.Stage;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;

/**
 * Freezing and transferring: the container is fenced and paused; CRIU writes its images to the tmpfs while they are
 * already being sent; then what changed in the file system since it was synced. The last of it is sent when the journal has
 * what the destination must show from then on.
 */
public final class TransferringRoute extends StageRoutes {
    private final Attesting attesting;
    private final SourceStages source;

    public TransferringRoute(Platform platform, Attesting attesting, SourceStages source) {
        super(platform);
        this.attesting = attesting;
        this.source = source;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(Reactions.TRANSFER)).routeId("transfer")
                .toD(ModePart.ROUNDS.ofExchange())
                .process(step(Step.EXAMINE, at(source::prepareImages)))
                .process(enter(Stage.FREEZING))
                .process(step(Step.FREEZE, at(source::fence)))
                .toD(ModePart.FREEZE.ofExchange())
                .process(enter(Stage.TRANSFERRING))
                .process(step(Step.TRANSFER, at(platform.migrations()::progressed)))
                .toD(ModePart.REST.ofExchange())
                .process(at(source::sendChanges))
                .process(at(byte[].class, attesting::expectHeld))
                .process(enter(Stage.RESTORING))
                .process(step(Step.SEND_LAST, at(source::sendLast)));

        from(Direct.of(Reactions.RECEIVE)).routeId("receive")
                .process(enter(Stage.TRANSFERRING))
                .process(at(platform.migrations()::progressed));
    }
}
