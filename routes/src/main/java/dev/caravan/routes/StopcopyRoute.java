package dev.caravan.routes;

import static dev.caravan.migration.Mode.STOPCOPY;
import static dev.caravan.routes.Direct.CHECKPOINT;
import static dev.caravan.routes.Direct.STREAM_IMAGES;
import static dev.caravan.routes.Steps.at;

import dev.caravan.criu.CriuConstants;
import dev.caravan.migration.Migration;
import dev.caravan.migration.SourceMigration;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * The mode {@code stopcopy}: the container stands still from the first page on; CRIU writes its images to the tmpfs while
 * they are already being sent, and reads them all before the gate.
 */
public final class StopcopyRoute extends StageRoutes {
    private final SourceStages source;

    public StopcopyRoute(Platform platform, SourceStages source) {
        super(platform);
        this.source = source;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(ModePart.ROUNDS.of(STOPCOPY)).routeId("stopcopy-rounds")
                .process(exchange -> {
                    // there are none
                });

        from(ModePart.FREEZE.of(STOPCOPY)).routeId("stopcopy-freeze")
                .process(this::name)
                .to("criu:pause");

        from(ModePart.REST.of(STOPCOPY)).routeId("stopcopy-rest")
                .setBody(exchange -> new Dump())
                .multicast(StopcopyRoute::failure).parallelProcessing()
                .executorService(getContext().getExecutorServiceManager().newCachedThreadPool(this, "transferring"))
                .to(STREAM_IMAGES, CHECKPOINT)
                .end();

        from(STREAM_IMAGES).routeId("streaming")
                .process(at(Dump.class, this::stream));

        from(CHECKPOINT).routeId("checkpoint")
                .doTry()
                .process(this::name)
                .to("criu:checkpoint?networkLock=SKIP")
                .doFinally()
                .process(exchange -> exchange.getMessage().getBody(Dump.class).end())
                .end();

        from(ModePart.RESTORE.of(STOPCOPY)).routeId("stopcopy-restore")
                .process(this::name)
                .to("criu:restore?networkLock=SKIP&timeout=60000");
    }

    private void name(Exchange exchange) {
        Migration migration = Steps.migration(exchange);
        Message message = exchange.getMessage();
        message.setHeader(CriuConstants.CONTAINER, migration.container());
        message.setHeader(CriuConstants.BUNDLE, platform.bundle(migration.container()).toString());
        message.setHeader(CriuConstants.IMAGE_DIRECTORY, platform.images(migration.id()).toString());
        message.setHeader(CriuConstants.WORK_DIRECTORY, platform.logs(migration.id()).toString());
        message.setHeader(CriuConstants.GATE_DIRECTORY, platform.gate(migration.id()).toString());
        message.setHeader(CriuConstants.WANTED, (BooleanSupplier) () -> migration.aborted() == null);
    }

    private void stream(SourceMigration migration, Dump dump) throws IOException {
        source.streamImages(migration, dump::hasEnded);
    }

    /** Of the dump and the stream beside it, the failure of the stream counts first: it may have ended the dump. */
    private static Exchange failure(Exchange streamed, Exchange dumped) {
        return streamed != null && streamed.getException() != null ? streamed : dumped;
    }
}
