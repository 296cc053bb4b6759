package dev.caravan.routes;

import dev.caravan.control.ControlBodies.Offer;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlRejected;
import dev.caravan.control.ControlType;
import dev.caravan.control.Greeting;
import dev.caravan.handover.Event;
import dev.caravan.journal.Journal;
import dev.caravan.migration.AlreadyMigrating;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Mode;
import dev.caravan.request.MigrationRequest;
import dev.caravan.request.RequestRejected;
import dev.caravan.session.HandshakeRejected;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Platform;
import java.time.Instant;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;

/** Offered: a new migration to this platform. The operator's request is verified here too, and journalled at once. */
public final class OfferedRoute extends RouteBuilder {
    private static final String OFFER = "caravan.offer";

    private final Platform platform;
    private final Mailboxes mailboxes;
    private final ControlVerifier verifier;

    public OfferedRoute(Platform platform, Mailboxes mailboxes, Attesting attesting) {
        this.platform = platform;
        this.mailboxes = mailboxes;
        this.verifier = new ControlVerifier(platform.migrations().journal(), attesting);
    }

    @Override
    public void configure() {
        from(Direct.OFFERED).routeId("offered").errorHandler(noErrorHandler())
                .filter(exchange -> platform.migrations().find(ControlRoute.message(exchange).migrationId()).isEmpty())
                .process(this::verify)
                .doTry()
                .to(Direct.VERIFY_REQUEST)
                .doCatch(Exception.class)
                .process(this::refuse)
                .end()
                .process(this::open);
    }

    /** The offer is its platform's; what it shows is the request, as the operator signed it. */
    private void verify(Exchange exchange) {
        ControlMessage message = ControlRoute.message(exchange);
        Greeting greeting = Greeting.of(message);
        verifier.verifyOffer(message, exchange, greeting.certificate());
        requireCommonVersion(greeting, message);
        Offer offer = ControlCodec.body(message, Offer.class);
        exchange.setProperty(OFFER, offer);
        Message shown = exchange.getMessage();
        shown.setBody(offer.request());
        shown.setHeader(CaravanHeaders.SIGNATURE, offer.signature());
        shown.setHeader(CaravanHeaders.CERTIFICATE, offer.certificate());
    }

    /** A source whose every version of the protocol is unknown here hears which ones are known. */
    private void requireCommonVersion(Greeting greeting, ControlMessage message) {
        try {
            greeting.requireCommonVersion();
        } catch (HandshakeRejected e) {
            abort(message, new Reason("no-common-version", e.getMessage(), true, null));
            throw new ControlRejected(message.from() + ": " + e.getMessage(), e);
        }
    }

    private void refuse(Exchange exchange) {
        ControlMessage message = ControlRoute.message(exchange);
        Exception failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        String why = "the request that " + message.from() + " shows does not hold at " + platform.name() + ": "
                + failure.getMessage();
        abort(message, new Reason("bad-request", why, true, null));
        throw new ControlRejected(why, failure);
    }

    private void open(Exchange exchange) {
        ControlMessage message = ControlRoute.message(exchange);
        Offer offer = exchange.getProperty(OFFER, Offer.class);
        MigrationRequest request = MigrationRequest.parse(offer.request());
        if (!request.id().equals(message.migrationId()) || !request.source().equals(message.from())
                || !request.destination().equals(platform.name())) {
            throw new ControlRejected("the request that " + message.from() + " shows is for another migration");
        }
        requireUsable(request, message);
        DestinationMigration migration = new DestinationMigration(request.id(), request.container(), request.source(),
                request.destination());
        migration.mode(Mode.ofLabel(request.mode()));
        try {
            if (platform.migrations().open(migration)) {
                verifier.accept(migration, message.from(), offer.hello().ownerChain().get(0));
                mailboxes.post(migration, Event.ATTEST_OFFER, offer);
            }
        } catch (AlreadyMigrating e) {
            platform.migrations().journal().rejectedRequests().add(request, e.getMessage());
            abort(message, new Reason("already-migrating", e.getMessage() + " at " + platform.name(), true, null));
        }
    }

    /** A request that was hoarded, or that has been of use here before, is of none; its source hears why. */
    private void requireUsable(MigrationRequest request, ControlMessage message) {
        Journal journal = platform.migrations().journal();
        if (journal.find(request.id()).isPresent()) {
            throw new ControlRejected("request " + request.id() + " was acted on before at " + platform.name());
        }
        try {
            journal.rejectedRequests().requireNew(request);
            request.requireFresh(platform.name(), message.sentAt(), Instant.now());
        } catch (RequestRejected e) {
            journal.rejectedRequests().add(request, e.getMessage());
            abort(message, new Reason(e.error(), e.getMessage(), true, null));
            throw new ControlRejected(e.getMessage(), e);
        }
    }

    /** There is no migration here that could say so. */
    private void abort(ControlMessage offer, Reason reason) {
        platform.control().sendWhenPossible(ControlCodec.message(ControlType.ABORT, offer.migrationId(),
                platform.name(), offer.from(), reason));
    }
}
