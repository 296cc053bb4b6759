package dev.caravan.routes;

import static dev.caravan.routes.StageExchange.destination;

import dev.caravan.criu.CriuConstants;
import dev.caravan.criu.HeldRestore;
import dev.caravan.journal.Stage;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.tpm.Quote;
import dev.caravan.tpm.TpmConstants;

/**
 * Restoring: the destination restores the container up to the commit gate, where every process exists and none has run,
 * and quotes its TPM once more, bound to everything that it received.
 */
public final class RestoringRoute extends StageRoutes {
    private final Attesting attesting;
    private final DestinationStages destination;

    public RestoringRoute(Platform platform, Attesting attesting, DestinationStages destination) {
        super(platform);
        this.attesting = attesting;
        this.destination = destination;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from("direct:restoring").routeId("restoring")
                .process(enter(Stage.RESTORING))
                .process(destination((migration, exchange) -> destination.requireAdmittedImages(migration)))
                .process(destination((migration, exchange) -> destination.releaseReserve(migration)))
                .process(destination((migration, exchange) -> {
                    var message = exchange.getMessage();
                    message.setHeader(CriuConstants.CONTAINER, migration.container());
                    message.setHeader(CriuConstants.BUNDLE, platform.bundle(migration.container()).toString());
                    message.setHeader(CriuConstants.IMAGE_DIRECTORY, platform.images(migration.id()).toString());
                    message.setHeader(CriuConstants.WORK_DIRECTORY, platform.logs(migration.id()).toString());
                    message.setHeader(CriuConstants.GATE_DIRECTORY, platform.gate(migration.id()).toString());
                }))
                .to("criu:restore?networkLock=SKIP")
                .process(destination((migration, exchange) -> {
                    migration.held(exchange.getMessage().getBody(HeldRestore.class));
                    exchange.getMessage().setBody(
                            migration.session().commitExtraData(migration.channel().receivedDigest()));
                    exchange.getMessage().setHeader(TpmConstants.PCRS, list(migration.handshake().peer().pcrs()));
                }))
                .to(QUOTE)
                .process(destination((migration, exchange) -> {
                    migration.requireWanted();
                    migration.expectNothing();
                    destination.reportHeld(migration,
                            attesting.evidence(exchange.getMessage().getBody(Quote.class)).toJson());
                }));
    }
}
