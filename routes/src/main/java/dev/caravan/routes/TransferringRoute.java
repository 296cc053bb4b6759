package dev.caravan.routes;

import static dev.caravan.control.ControlType.SYNCED;
import static dev.caravan.routes.Direct.CHECKPOINT;
import static dev.caravan.routes.Direct.STREAM_IMAGES;
import static dev.caravan.routes.Direct.TRANSFERRING;
import static dev.caravan.routes.Steps.at;

import dev.caravan.criu.CriuConstants;
import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.migration.SourceMigration;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import java.io.IOException;
import org.apache.camel.Exchange;

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

        from(Direct.of(SYNCED)).routeId("freezing")
                .process(at(source::prepareImages))
                .process(enter(Stage.FREEZING))
                .process(at(source::fence))
                .process(this::name)
                .to("criu:pause")
                .to(TRANSFERRING);

        from(TRANSFERRING).routeId("transferring-source")
                .process(enter(Stage.TRANSFERRING))
                .setBody(exchange -> new Dump())
                .multicast(TransferringRoute::failure).parallelProcessing()
                .executorService(getContext().getExecutorServiceManager().newCachedThreadPool(this, "transferring"))
                .to(STREAM_IMAGES, CHECKPOINT)
                .end()
                .process(at(this::sendChanges))
                .process(enter(Stage.RESTORING));

        from(STREAM_IMAGES).routeId("streaming")
                .process(at(Dump.class, this::stream));

        from(CHECKPOINT).routeId("checkpoint")
                .doTry()
                .process(this::name)
                .to("criu:checkpoint?networkLock=SKIP")
                .doFinally()
                .process(exchange -> exchange.getMessage().getBody(Dump.class).end())
                .end();

        from(Direct.MEMORY_ARRIVING).routeId("transferring-destination")
                .process(enter(Stage.TRANSFERRING))
                .process(at(platform.migrations()::progressed));
    }

    private void name(Exchange exchange) {
        Migration migration = Steps.migration(exchange);
        exchange.getMessage().setHeader(CriuConstants.CONTAINER, migration.container());
        exchange.getMessage().setHeader(CriuConstants.IMAGE_DIRECTORY, platform.images(migration.id()).toString());
        exchange.getMessage().setHeader(CriuConstants.WORK_DIRECTORY, platform.logs(migration.id()).toString());
    }

    private void stream(SourceMigration migration, Dump dump) throws IOException {
        source.streamImages(migration, dump::hasEnded);
    }

    private void sendChanges(SourceMigration migration) throws IOException {
        source.sendChanges(migration, digest -> attesting.expectHeld(migration, digest));
    }

    /** Of the dump and the stream beside it, the failure of the stream counts first: it may have ended the dump. */
    private static Exchange failure(Exchange streamed, Exchange dumped) {
        return streamed != null && streamed.getException() != null ? streamed : dumped;
    }
}
