package dev.caravan.routes;

import static dev.caravan.routes.StageExchange.destination;
import static dev.caravan.routes.StageExchange.source;

import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlType;
import dev.caravan.event.Outcome;
import dev.caravan.journal.Stage;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.Reports;

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

        from("direct:running").routeId("releasing-source")
                .process(source((migration, exchange) -> {
                    migration.resumed();
                    if (migration.stage() == Stage.COMMITTING) {
                        platform.migrations().enter(migration, Stage.RELEASING, "");
                    }
                    String left = remains.releaseSource(migration.id(), migration.container());
                    platform.migrations().end(migration, Reports.report(migration, Outcome.COMPLETED, null, left));
                    platform.control().sendWhenPossible(ControlCodec.message(ControlType.RELEASED, migration.id(),
                            platform.name(), migration.peer(), null));
                }));

        from("direct:released").routeId("releasing-destination")
                .process(destination((migration, exchange) -> {
                    destination.wipeImages(migration.id());
                    platform.migrations().end(migration, Reports.report(migration, Outcome.COMPLETED, null, ""));
                }));
    }
}
