package dev.caravan.routes;

import static dev.caravan.control.ControlType.SYNCED;
import static dev.caravan.routes.Direct.reply;
import static dev.caravan.routes.Steps.at;
import static dev.caravan.routes.Steps.step;

import dev.caravan.handover.Reactions;
import dev.caravan.handover.Step;
import dev.caravan.journal.Stage;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;

/** Syncing: the root file system goes over while the container runs; only what the destination lacks is sent. */
public final class SyncingRoute extends StageRoutes {
    private final SourceStages source;

    public SyncingRoute(Platform platform, SourceStages source) {
        super(platform);
        this.source = source;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(Reactions.SYNC)).routeId("sync")
                .process(enter(Stage.SYNCING))
                .process(step(Step.SYNC, at(source::syncRootfs)));

        from(Direct.of(Reactions.SAY_SYNCED)).routeId("say-synced")
                .to(reply(SYNCED));
    }
}
