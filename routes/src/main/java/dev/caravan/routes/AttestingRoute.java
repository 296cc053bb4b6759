package dev.caravan.routes;

import static dev.caravan.control.ControlType.ATTESTED;
import static dev.caravan.control.ControlType.ATTEST_ANSWER;
import static dev.caravan.control.ControlType.ATTEST_OFFER;
import static dev.caravan.control.ControlType.ATTEST_PROOF;
import static dev.caravan.routes.Direct.QUOTE;
import static dev.caravan.routes.Direct.reply;
import static dev.caravan.routes.Steps.at;

import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlBodies.Attested;
import dev.caravan.control.ControlBodies.Offer;
import dev.caravan.control.ControlBodies.Proof;
import dev.caravan.journal.Stage;
import dev.caravan.request.SignedRequest;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import dev.caravan.tpm.Quote;

/**
 * Attesting: the source offers a handshake, the destination answers with its evidence; the source appraises it, shows its
 * own, the destination appraises that; then both derive the session's keys.
 */
public final class AttestingRoute extends StageRoutes {
    private final StageRunner runner;
    private final Attesting attesting;
    private final SourceStages source;
    private final DestinationStages destination;

    public AttestingRoute(Platform platform, StageRunner runner, Attesting attesting, SourceStages source,
            DestinationStages destination) {
        super(platform);
        this.runner = runner;
        this.attesting = attesting;
        this.source = source;
        this.destination = destination;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.ATTESTING).routeId("attesting-source")
                .process(enter(Stage.ATTESTING))
                .process(at(SignedRequest.class, attesting::offer))
                .to(reply(ATTEST_OFFER));

        from(Direct.of(ATTEST_OFFER)).routeId("attesting-destination")
                .process(enter(Stage.ATTESTING))
                .process(at(Offer.class, attesting::accept))
                .to(QUOTE)
                .process(at(Quote.class, attesting::answer))
                .to(reply(ATTEST_ANSWER));

        from(Direct.of(ATTEST_ANSWER)).routeId("appraising-destination")
                .process(at(Answer.class, attesting::appraiseDestination))
                .to(QUOTE)
                .process(at(Quote.class, attesting::prove))
                .to(reply(ATTEST_PROOF));

        from(Direct.of(ATTEST_PROOF)).routeId("appraising-source")
                .process(at(Proof.class, attesting::appraiseSource))
                .process(at(destination::openChannel))
                .process(at(runner::watch))
                .process(at(attesting::confirm))
                .to(reply(ATTESTED));

        from(Direct.of(ATTESTED)).routeId("attested")
                .process(at(Attested.class, attesting::confirmed))
                .process(at(source::openChannel))
                .process(at(runner::watch))
                .to(Direct.PREPARING);
    }
}
