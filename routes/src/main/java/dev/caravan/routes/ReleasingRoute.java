package dev.caravan.routes;

import static dev.caravan.control.ControlType.RELEASED;
import static dev.caravan.control.ControlType.RUNNING;
import static dev.caravan.routes.Direct.tell;
import static dev.caravan.routes.Steps.at;

import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.SourceMigration;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import java.io.IOException;

/** Releasing: the container runs at the destination; the source's frozen copy, both sides' images and keys go. */
public final class ReleasingRoute extends StageRoutes {
    private final Cleanup remains;
    private final DestinationStages destination;

    public ReleasingRoute(Platform platform, Cleanup remains, DestinationStages destination) {
        super(platform);
        this.remains = remains;
        this.destination = destination;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(RUNNING)).routeId("releasing-source")
                .process(at(SourceMigration::resumed))
                .process(advance(Stage.RELEASING))
                .process(at(this::release))
                .process(complete())
                .to(tell(RELEASED));

        from(Direct.of(RELEASED)).routeId("releasing-destination")
                .process(at(this::finish))
                .process(complete());
    }

    /** What is left of it, if anything. */
    private String release(SourceMigration migration) throws IOException {
        return remains.releaseSource(migration.id(), migration.container());
    }

    /** What there is to remark on the container that was let run here, if anything. */
    private String finish(DestinationMigration migration) throws IOException {
        String remark = destination.remark(migration);
        destination.wipeImages(migration);
        return remark;
    }
}
