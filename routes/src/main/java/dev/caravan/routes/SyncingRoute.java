package dev.caravan.routes;

import static dev.caravan.routes.StageExchange.destination;
import static dev.caravan.routes.StageExchange.source;

import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlType;
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

        from("direct:prepared").routeId("syncing-source")
                .process(enter(Stage.SYNCING))
                .process(source((migration, exchange) -> source.syncRootfs(migration)));

        from("direct:files-arrived").routeId("syncing-destination")
                .process(destination((migration, exchange) -> platform.control().send(ControlCodec.message(
                        ControlType.SYNCED, migration.id(), platform.name(), migration.peer(), null))));
    }
}
