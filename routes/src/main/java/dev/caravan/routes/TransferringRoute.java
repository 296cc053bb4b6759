package dev.caravan.routes;

import static dev.caravan.routes.StageExchange.destination;
import static dev.caravan.routes.StageExchange.source;

import dev.caravan.criu.CriuConstants;
import dev.caravan.journal.Stage;
import dev.caravan.migration.SourceMigration;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;

/**
 * Freezing and transferring: the container is fenced and paused; CRIU writes its images to the tmpfs while they are
 * already being sent; then what changed in the file system since it was synced.
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

        from("direct:synced").routeId("freezing")
                .process(source((migration, exchange) -> source.prepareImages(migration)))
                .process(enter(Stage.FREEZING))
                .process(source((migration, exchange) -> source.fence(migration)))
                .process(source(this::name))
                .to("criu:pause")
                .to("direct:transferring");

        from("direct:transferring").routeId("transferring-source")
                .process(enter(Stage.TRANSFERRING))
                .process(source((migration, exchange) -> {
                    CompletableFuture<Void> dump = checkpoint(migration);
                    try {
                        source.streamImages(migration, dump::isDone);
                    } finally {
                        source.endDump(migration, dump::isDone);
                    }
                    await(dump);
                }))
                .process(source((migration, exchange) -> source.sendChanges(migration)))
                .process(source((migration, exchange) -> attesting.expectHeld(migration)))
                .process(enter(Stage.RESTORING));

        from("direct:checkpoint").routeId("checkpoint")
                .process(source(this::name))
                .to("criu:checkpoint?networkLock=SKIP");

        from("direct:memory-arriving").routeId("transferring-destination")
                .process(enter(Stage.TRANSFERRING))
                .process(destination((migration, exchange) -> platform.migrations().progressed(migration)));
    }

    private void name(SourceMigration migration, Exchange exchange) {
        exchange.getMessage().setHeader(CriuConstants.CONTAINER, migration.container());
        exchange.getMessage().setHeader(CriuConstants.IMAGE_DIRECTORY, platform.images(migration.id()).toString());
        exchange.getMessage().setHeader(CriuConstants.WORK_DIRECTORY, platform.logs(migration.id()).toString());
    }

    /** Starts the dump; whoever waits for it to end is told why if it fails. */
    private CompletableFuture<Void> checkpoint(SourceMigration migration) {
        return CompletableFuture.runAsync(() -> {
            try (ProducerTemplate producer = getContext().createProducerTemplate()) {
                Exchange result = producer.send("direct:checkpoint",
                        exchange -> exchange.setProperty(StageExchange.MIGRATION, migration));
                if (result.getException() != null) {
                    throw new CompletionException(result.getException());
                }
            } catch (java.io.IOException e) {
                throw new CompletionException(e);
            }
        });
    }

    private static void await(CompletableFuture<Void> dump) throws Exception {
        try {
            dump.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
