package dev.caravan.routes;

import static dev.caravan.routes.StageExchange.control;
import static dev.caravan.routes.StageExchange.destination;
import static dev.caravan.routes.StageExchange.source;

import dev.caravan.authority.PlatformIdentity;
import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlBodies.Attested;
import dev.caravan.control.ControlBodies.Offer;
import dev.caravan.control.ControlBodies.Proof;
import dev.caravan.control.ControlCodec;
import dev.caravan.journal.Stage;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import dev.caravan.tpm.Quote;
import dev.caravan.tpm.TpmConstants;
import java.util.Base64;

/**
 * Attesting: the source offers a handshake, the destination answers with its evidence; the source appraises it, shows its
 * own, the destination appraises that; then both derive the session's keys.
 */
public final class AttestingRoute extends StageRoutes {
    private final PlatformIdentity identity;
    private final StageRunner runner;
    private final Attesting attesting;
    private final SourceStages source;
    private final DestinationStages destination;
    private final DestinationStages.Arrivals arrivals;

    public AttestingRoute(Platform platform, PlatformIdentity identity, StageRunner runner, Attesting attesting,
            SourceStages source,
            DestinationStages destination, DestinationStages.Arrivals arrivals) {
        super(platform);
        this.identity = identity;
        this.runner = runner;
        this.attesting = attesting;
        this.source = source;
        this.destination = destination;
        this.arrivals = arrivals;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from("direct:attesting").routeId("attesting-source")
                .process(enter(Stage.ATTESTING))
                .process(source((migration, exchange) -> attesting.offer(migration,
                        exchange.getMessage().getBody(byte[].class),
                        exchange.getMessage().getHeader(CaravanHeaders.SIGNATURE, String.class),
                        exchange.getMessage().getHeader(CaravanHeaders.CERTIFICATE, String.class))));

        from("direct:attest-offer").routeId("attesting-destination")
                .process(enter(Stage.ATTESTING))
                .process(destination((migration, exchange) -> {
                    exchange.getMessage().setBody(attesting.accept(migration,
                            ControlCodec.body(control(exchange), Offer.class).hello()));
                    exchange.getMessage().setHeader(TpmConstants.PCRS, list(migration.handshake().peer().pcrs()));
                }))
                .to(QUOTE)
                .process(destination((migration, exchange) -> attesting.answer(migration,
                        exchange.getMessage().getBody(Quote.class))));

        from("direct:attest-answer").routeId("appraising-destination")
                .process(source((migration, exchange) -> {
                    exchange.getMessage().setBody(attesting.appraiseDestination(migration,
                            ControlCodec.body(control(exchange), Answer.class)));
                    exchange.getMessage().setHeader(TpmConstants.PCRS, list(migration.handshake().peer().pcrs()));
                }))
                .to(QUOTE)
                .process(source((migration, exchange) -> attesting.prove(migration,
                        exchange.getMessage().getBody(Quote.class),
                        ControlCodec.body(control(exchange), Answer.class).evidence())));

        from("direct:attest-proof").routeId("appraising-source")
                .process(destination((migration, exchange) -> {
                    attesting.appraiseSource(migration, ControlCodec.body(control(exchange), Proof.class));
                    destination.openChannel(migration, arrivals);
                    runner.watch(migration);
                    attesting.confirm(migration);
                }));

        from("direct:attested").routeId("attested")
                .process(source((migration, exchange) -> {
                    attesting.confirmed(migration, ControlCodec.body(control(exchange), Attested.class));
                    source.openChannel(migration);
                    runner.watch(migration);
                }))
                .to("direct:preparing");

        from(QUOTE).routeId("quote")
                .setHeader(TpmConstants.KEY, constant(identity.aik()))
                .to("tpm:quote")
                .removeHeaders(TpmConstants.KEY + "|" + TpmConstants.PCRS);

        from("direct:sign").routeId("sign")
                .setHeader(TpmConstants.KEY, constant(identity.agentKey()))
                .to("tpm:sign")
                .removeHeader(TpmConstants.KEY)
                .process(exchange -> exchange.getMessage().setBody(
                        Base64.getEncoder().encodeToString(exchange.getMessage().getBody(byte[].class))));
    }
}
