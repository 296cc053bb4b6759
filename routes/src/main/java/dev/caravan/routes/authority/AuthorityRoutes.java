package dev.caravan.routes.authority;

import dev.caravan.authority.EnrolmentRefused;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.EnrolmentRequest.Answer;
import dev.caravan.authority.EnrolmentRequest.EnrolmentResult;
import dev.caravan.authority.HardwareAuthority;
import dev.caravan.authority.HardwareAuthority.Proven;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.event.MigrationEvents;
import dev.caravan.event.MigrationEvents.ReplyData;
import dev.caravan.request.RequestRejected;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.SignedHeaders;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
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
    private final MigrationEvents events = new MigrationEvents("authority");

    public AuthorityRoutes(HardwareAuthority hardware, OwnerAuthority owner) {
        this.hardware = hardware;
        this.owner = owner;
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
                .to("direct:verify-request")
                .process(this::admit)
                .to("direct:publish")
                .when(exchange -> "enrol".equals(request(exchange).type()))
                .process(this::challenge)
                .when(exchange -> "activate".equals(request(exchange).type()))
                .process(this::activate)
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

    private void admit(Exchange exchange) throws IOException {
        EnrolmentRequest request = request(exchange);
        Map<String, Object> result;
        try {
            owner.admit(request.platform(), request.ekSha256());
            result = Map.of("admitted", request.platform());
        } catch (EnrolmentRefused e) {
            result = Map.of("error", e.getMessage());
        }
        exchange.getMessage().setBody(events.encode(MigrationEvents.REPLY, String.valueOf(request.id()),
                new ReplyData(request.id(), "authority", result)));
    }

    private void challenge(Exchange exchange) throws IOException {
        EnrolmentRequest request = request(exchange);
        try {
            if (request.ekCertificate() != null) {
                owner.requireAdmitted(request.platform(),
                        dev.caravan.authority.Pem.certificate(request.ekCertificate()));
            }
            answer(exchange, new Answer(hardware.challenge(request), null, null));
        } catch (EnrolmentRefused e) {
            answer(exchange, new Answer(null, null, e.getMessage()));
        }
    }

    private void activate(Exchange exchange) throws IOException {
        try {
            Proven proven = hardware.activate(request(exchange));
            answer(exchange, new Answer(null, result(proven.aik(), owner.certify(proven)), null));
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
