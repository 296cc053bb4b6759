package dev.caravan.routes;

import static dev.caravan.routes.Direct.CHECKPOINT;
import static dev.caravan.routes.Direct.STREAM_IMAGES;
import static dev.caravan.routes.Steps.at;
import static dev.caravan.routes.Steps.step;

import dev.caravan.criu.CriuConstants;
import dev.caravan.handover.Reactions;
import dev.caravan.handover.Step;
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
                .process(step(Step.EXAMINE, at(source::prepareImages)))
                .process(enter(Stage.FREEZING))
                .process(step(Step.FREEZE, at(source::fence)))
                .process(this::name)
                .to("criu:pause")
                .process(enter(Stage.TRANSFERRING))
                .process(step(Step.TRANSFER, exchange -> exchange.getMessage().setBody(new Dump())))
                .multicast(TransferringRoute::failure).parallelProcessing()
                .executorService(getContext().getExecutorServiceManager().newCachedThreadPool(this, "transferring"))
                .to(STREAM_IMAGES, CHECKPOINT)
                .end()
                .process(at(source::sendChanges))
                .process(at(byte[].class, attesting::expectHeld))
                .process(enter(Stage.RESTORING))
                .process(step(Step.SEND_LAST, at(source::sendLast)));

        from(STREAM_IMAGES).routeId("streaming")
                .process(at(Dump.class, this::stream));

        from(CHECKPOINT).routeId("checkpoint")
                .doTry()
                .process(this::name)
                .to("criu:checkpoint?networkLock=SKIP")
                .doFinally()
                .process(exchange -> exchange.getMessage().getBody(Dump.class).end())
                .end();

        from(Direct.of(Reactions.RECEIVE)).routeId("receive")
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

    /** Of the dump and the stream beside it, the failure of the stream counts first: it may have ended the dump. */
    private static Exchange failure(Exchange streamed, Exchange dumped) {
        return streamed != null && streamed.getException() != null ? streamed : dumped;
    }
}
