package dev.caravan.routes;

import static dev.caravan.control.ControlType.ATTESTED;
import static dev.caravan.control.ControlType.ATTEST_ANSWER;
import static dev.caravan.control.ControlType.ATTEST_OFFER;
import static dev.caravan.control.ControlType.ATTEST_PROOF;
import static dev.caravan.routes.Direct.QUOTE;
import static dev.caravan.routes.Direct.reply;
import static dev.caravan.routes.Steps.at;
import static dev.caravan.routes.Steps.step;

import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlBodies.Attested;
import dev.caravan.control.ControlBodies.Offer;
import dev.caravan.control.ControlBodies.Proof;
import dev.caravan.handover.Reactions;
import dev.caravan.handover.Step;
import dev.caravan.journal.Stage;
import dev.caravan.request.SignedRequest;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import dev.caravan.tpm.Quote;

/**
 * Attesting: the source offers a handshake, the destination answers with its evidence; the source appraises it, shows its
 * own, the destination appraises that; then both derive the session's keys and open the stream. With the stream the source
 * describes the container, encrypted.
 */
public final class AttestingRoute extends StageRoutes {
    private final Attesting attesting;
    private final SourceStages source;
    private final DestinationStages destination;
    private final Mailboxes mailboxes;

    public AttestingRoute(Platform platform, Attesting attesting, SourceStages source, DestinationStages destination,
            Mailboxes mailboxes) {
        super(platform);
        this.attesting = attesting;
        this.source = source;
        this.destination = destination;
        this.mailboxes = mailboxes;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(Reactions.OFFER)).routeId("offer")
                .process(enter(Stage.ATTESTING))
                .process(step(Step.OFFER, at(SignedRequest.class, attesting::offer)))
                .to(reply(ATTEST_OFFER));

        from(Direct.of(Reactions.ANSWER)).routeId("answer")
                .process(enter(Stage.ATTESTING))
                .process(step(Step.ANSWER, at(Offer.class, attesting::accept)))
                .to(QUOTE)
                .process(at(Quote.class, attesting::answer))
                .to(reply(ATTEST_ANSWER));

        from(Direct.of(Reactions.PROVE)).routeId("prove")
                .process(step(Step.APPRAISE_DESTINATION, at(Answer.class, attesting::appraiseDestination)))
                .to(QUOTE)
                .process(at(Quote.class, attesting::prove))
                .to(reply(ATTEST_PROOF));

        from(Direct.of(Reactions.CONFIRM)).routeId("confirm")
                .process(step(Step.APPRAISE_SOURCE, at(Proof.class, attesting::appraiseSource)))
                .process(at(destination::openChannel))
                .process(at(mailboxes::watchStream))
                .process(at(attesting::confirm))
                .to(reply(ATTESTED));

        from(Direct.of(Reactions.DESCRIBE)).routeId("describe")
                .process(step(Step.ESTABLISH, at(Attested.class, attesting::confirmed)))
                .process(at(source::openChannel))
                .process(at(mailboxes::watchStream))
                .process(enter(Stage.PREPARING))
                .process(step(Step.DESCRIBE, at(source::describe)));
    }
}
