package dev.caravan.routes.authority;

import dev.caravan.routes.Direct;
import dev.caravan.authority.EnrolmentRefused;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.EnrolmentRequest.Answer;
import dev.caravan.authority.EnrolmentRequest.EnrolmentResult;
import dev.caravan.authority.HardwareAuthority;
import dev.caravan.authority.HardwareAuthority.Proven;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.TrustStore;
import dev.caravan.event.MigrationEvents;
import dev.caravan.event.MigrationEvents.ReplyData;
import dev.caravan.request.RequestRejected;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.Intake;
import dev.caravan.routes.event.EventSigning;
import dev.caravan.routes.request.VerifyRequestRoute;
import dev.caravan.wire.Excerpt;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.DefaultMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hardware and the owner authority. Agents enrol by request and reply; operators admit platforms by signed messages,
 * and are told by an event.
 */
public final class AuthorityRoutes extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(AuthorityRoutes.class);

    private final HardwareAuthority hardware;
    private final OwnerAuthority owner;
    private final TrustStore trust;
    private final MigrationEvents events = MigrationEvents.ofAuthority();

    /** @param trust what {@code direct:verify-request} looks at; the authorities' own lists are put there before */
    public AuthorityRoutes(HardwareAuthority hardware, OwnerAuthority owner, TrustStore trust) {
        this.hardware = hardware;
        this.owner = owner;
        this.trust = trust;
    }

    @Override
    public void configure() {
        onException(Exception.class).handled(true)
                .process(exchange -> LOG.warn("enrolment message refused: {}", Intake.reason(exchange)))
                .process(Intake.letter("enrolment"))
                .to("jms:queue:" + Addresses.deadLetters(Addresses.AUTHORITY))
                .process(exchange -> answer(exchange, new Answer(null, null, Intake.reason(exchange))))
                .to(Direct.ANSWER_ENROLMENT)
                // an operator listens to events
                .filter(exchange -> request(exchange) != null && request(exchange).id() != null)
                .process(exchange -> reply(exchange, Map.of("error", Intake.reason(exchange))))
                .to(Direct.PUBLISH)
                .end();

        from("jms:queue:" + Addresses.AUTHORITY).routeId("enrolment")
                .process(new Intake("the enrolment message", IllegalArgumentException::new))
                .to(Direct.ENROLMENT);

        from(Direct.ENROLMENT).routeId("authorities").errorHandler(noErrorHandler())
                .process(exchange -> exchange.setProperty("request",
                        EnrolmentRequest.parse(exchange.getMessage().getBody(byte[].class))))
                .process(exchange -> requireOwnReplies(exchange, request(exchange).platform()))
                .choice()
                .when(exchange -> "admit".equals(request(exchange).type()))
                // an operator may have been thrown out by another process a moment ago
                .process(exchange -> trust.update(hardware.authority().certificate(), hardware.authority().crl(),
                        owner.authority().certificate(), owner.authority().crl()))
                .to(Direct.VERIFY_REQUEST)
                .process(this::admit)
                .to(Direct.PUBLISH)
                .when(exchange -> "enrol".equals(request(exchange).type()))
                .process(this::challenge)
                .to(Direct.ANSWER_ENROLMENT)
                .when(exchange -> "activate".equals(request(exchange).type()))
                .process(this::activate)
                .to(Direct.ANSWER_ENROLMENT)
                .when(exchange -> "trust".equals(request(exchange).type()) && request(exchange).id() != null)
                .process(exchange -> reply(exchange, result(null, null)))
                .to(Direct.PUBLISH)
                .when(exchange -> "trust".equals(request(exchange).type()))
                .process(exchange -> answer(exchange, new Answer(null, result(null, null), null)))
                .to(Direct.ANSWER_ENROLMENT)
                .otherwise()
                .process(exchange -> {
                    throw new RequestRejected("bad-request", "type is \"" + Excerpt.value(request(exchange).type())
                            + "\"; enrol, activate, trust and admit are allowed");
                })
                .end();

        from(Direct.ANSWER_ENROLMENT).routeId("answer-enrolment").errorHandler(noErrorHandler())
                .filter(exchange -> replies(exchange) != null)
                .process(AuthorityRoutes::address)
                .doTry()
                .toD("jms:queue:${exchangeProperty.address}?deliveryPersistent=false")
                .doCatch(Exception.class)
                .process(exchange -> LOG.warn("an enrolment was not answered: {}", Intake.reason(exchange)))
                .end();

        from(Direct.PUBLISH).routeId("publish")
                .process(new EventSigning(owner::answers))
                .to("jms:topic:" + Addresses.EVENTS + "?deliveryPersistent=false");
    }

    private void admit(Exchange exchange) {
        EnrolmentRequest request = request(exchange);
        try {
            owner.admit(request, exchange.getProperty(VerifyRequestRoute.OPERATOR, String.class));
            reply(exchange, Map.of("admitted", request.platform(), "expiresAt", request.expiresAt().toString()));
        } catch (EnrolmentRefused e) {
            reply(exchange, Map.of("error", e.getMessage()));
        }
    }

    private void reply(Exchange exchange, Object result) {
        UUID id = request(exchange).id();
        exchange.getMessage().removeHeaders("*");
        exchange.getMessage().setBody(
                events.encode(MigrationEvents.REPLY, String.valueOf(id),
                        new ReplyData(id, OwnerAuthority.ANSWERS, result)));
    }

    private void challenge(Exchange exchange) {
        EnrolmentRequest request = request(exchange);
        try {
            owner.requireAdmitted(request.platform(), HardwareAuthority.ekCertificate(request));
            answer(exchange, new Answer(hardware.challenge(request), null, null));
        } catch (EnrolmentRefused e) {
            answer(exchange, new Answer(null, null, e.getMessage()));
        }
    }

    /** The owner comes first: its admission is used up before the hardware authority revokes an earlier AIK. */
    private void activate(Exchange exchange) throws IOException {
        try {
            Proven proven = hardware.activate(request(exchange));
            requireOwnReplies(exchange, proven.platform());
            X509Certificate platform = owner.certify(proven);
            answer(exchange, new Answer(null, result(hardware.certify(proven), platform), null));
        } catch (EnrolmentRefused e) {
            answer(exchange, new Answer(null, null, e.getMessage()));
        }
    }

    private EnrolmentResult result(X509Certificate aik, X509Certificate platform) throws IOException {
        try {
            return new EnrolmentResult(aik == null ? null : aik.getEncoded(),
                    platform == null ? null : platform.getEncoded(), hardware.authority().certificate().getEncoded(),
                    hardware.authority().crl().getEncoded(), owner.authority().certificate().getEncoded(),
                    owner.authority().crl().getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IOException("a certificate cannot be encoded", e);
        }
    }

    /** The queue of an agent's replies that the sender names; nobody is answered anywhere else. */
    private static String replies(Exchange exchange) {
        String queue = exchange.getProperty(Intake.REPLY_TO, String.class);
        return queue != null && Addresses.isReplies(queue) ? queue : null;
    }

    /** A platform is answered in its own queue: not every agent is told what was found of another. */
    private static void requireOwnReplies(Exchange exchange, String platform) {
        String queue = exchange.getProperty(Intake.REPLY_TO, String.class);
        if (queue != null && platform != null && !queue.equals(Addresses.replies(platform))) {
            exchange.removeProperty(Intake.REPLY_TO);
            throw new IllegalArgumentException("JMSReplyTo is \"" + Excerpt.value(queue) + "\"; "
                    + Excerpt.value(Addresses.replies(platform)) + " is allowed");
        }
    }

    private static void address(Exchange exchange) {
        exchange.setProperty("address", replies(exchange));
        Message answer = new DefaultMessage(exchange.getContext());
        answer.setBody(exchange.getMessage().getBody());
        answer.setHeader("JMSCorrelationID", exchange.getProperty(Intake.CORRELATION));
        exchange.setMessage(answer);
    }

    private static EnrolmentRequest request(Exchange exchange) {
        return exchange.getProperty("request", EnrolmentRequest.class);
    }

    private static void answer(Exchange exchange, Answer answer) {
        exchange.getMessage().setBody(EnrolmentRequest.toJson(answer));
    }
}
