package dev.caravan.routes.authority;

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
import dev.caravan.routes.SignedHeaders;
import dev.caravan.routes.request.VerifyRequestRoute;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;

/**
 * The hardware and the owner authority. Agents enrol by request and reply; operators admit platforms by signed messages,
 * and are told by an event.
 */
public final class AuthorityRoutes extends RouteBuilder {
    private final HardwareAuthority hardware;
    private final OwnerAuthority owner;
    private final TrustStore trust;
    private final MigrationEvents events = new MigrationEvents("authority");

    /** @param trust what {@code direct:verify-request} looks at; the authorities' own lists are put there before */
    public AuthorityRoutes(HardwareAuthority hardware, OwnerAuthority owner, TrustStore trust) {
        this.hardware = hardware;
        this.owner = owner;
        this.trust = trust;
    }

    @Override
    public void configure() {
        onException(IllegalArgumentException.class, RequestRejected.class).handled(true)
                .log(LoggingLevel.WARN, "enrolment message refused: ${exception.message}")
                .setHeader(SignedHeaders.REASON, exceptionMessage())
                .setHeader(SignedHeaders.STAGE, constant("enrolment"))
                .setHeader(SignedHeaders.EXCEPTION, simple("${exception.class.name}"))
                .setBody(exchangeProperty("received"))
                .to("jms:queue:" + Addresses.deadLetters(Addresses.AUTHORITY) + "?exchangePattern=InOnly")
                .process(exchange -> answer(exchange, new Answer(null, null,
                        exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class).getMessage())));

        from("jms:queue:" + Addresses.AUTHORITY).routeId("enrolment")
                .to("direct:enrolment");

        from("direct:enrolment").routeId("authorities").errorHandler(noErrorHandler())
                .convertBodyTo(byte[].class)
                .setProperty("received", body())
                .process(exchange -> exchange.setProperty("request",
                        EnrolmentRequest.parse(exchange.getMessage().getBody(byte[].class))))
                .choice()
                .when(exchange -> "admit".equals(request(exchange).type()))
                // an operator may have been thrown out by another process a moment ago
                .process(exchange -> trust.update(hardware.authority().certificate(), hardware.authority().crl(),
                        owner.authority().certificate(), owner.authority().crl()))
                .to("direct:verify-request")
                .process(this::admit)
                .to("direct:publish")
                .when(exchange -> "enrol".equals(request(exchange).type()))
                .process(this::challenge)
                .when(exchange -> "activate".equals(request(exchange).type()))
                .process(this::activate)
                .when(exchange -> "trust".equals(request(exchange).type()) && request(exchange).id() != null)
                .process(exchange -> reply(exchange, result(null, null)))
                .to("direct:publish")
                .when(exchange -> "trust".equals(request(exchange).type()))
                .process(exchange -> answer(exchange, new Answer(null, result(null, null), null)))
                .otherwise()
                .process(exchange -> {
                    throw new RequestRejected("bad-request", "type is \"" + request(exchange).type()
                            + "\"; enrol, activate, trust and admit are allowed");
                })
                .end();

        from("direct:publish").routeId("publish")
                .to("jms:topic:" + Addresses.EVENTS + "?deliveryPersistent=false&exchangePattern=InOnly");
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
        exchange.getMessage().setBody(
                events.encode(MigrationEvents.REPLY, String.valueOf(id), new ReplyData(id, "authority", result)));
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

    private static EnrolmentRequest request(Exchange exchange) {
        return exchange.getProperty("request", EnrolmentRequest.class);
    }

    private static void answer(Exchange exchange, Answer answer) {
        exchange.getMessage().setBody(EnrolmentRequest.toJson(answer));
    }
}
