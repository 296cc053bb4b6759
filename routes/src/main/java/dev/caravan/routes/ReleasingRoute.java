package dev.caravan.routes;

import static dev.caravan.control.ControlType.RELEASED;
import static dev.caravan.routes.Direct.tell;
import static dev.caravan.routes.Steps.at;
import static dev.caravan.routes.Steps.step;

import dev.caravan.handover.Reactions;
import dev.caravan.handover.Step;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.SourceMigration;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import java.io.IOException;

/** Releasing: the container runs at the destination; the source's frozen copy, both sides' images and keys go. */
public final class ReleasingRoute extends StageRoutes {
    private final Cleanup cleanup;
    private final DestinationStages destination;

    public ReleasingRoute(Platform platform, Cleanup cleanup, DestinationStages destination) {
        super(platform);
        this.cleanup = cleanup;
        this.destination = destination;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(Reactions.RELEASE)).routeId("release")
                .process(at(SourceMigration::resumed))
                .process(enter(Stage.RELEASING))
                .process(step(Step.RELEASE, at(this::release)))
                .process(complete())
                .to(tell(RELEASED));

        from(Direct.of(Reactions.FINISH_RELEASE)).routeId("finish-release")
                .process(step(Step.RELEASE, at(this::release)))
                .process(complete())
                .to(tell(RELEASED));

        from(Direct.of(Reactions.COMPLETE)).routeId("complete")
                .process(step(Step.WIPE, at(this::finish)))
                .process(complete());
    }

    /** What is left of it, if anything. */
    private String release(SourceMigration migration) throws IOException {
        return cleanup.releaseSource(migration.id(), migration.container());
    }

    /** What there is to remark on the container that was let run here, if anything. */
    private String finish(DestinationMigration migration) throws IOException {
        String remark = destination.remark(migration);
        destination.wipeImages(migration);
        return remark;
    }
}
