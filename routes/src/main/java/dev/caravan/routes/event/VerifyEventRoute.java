package dev.caravan.routes.event;

import dev.caravan.routes.Direct;
import dev.caravan.authority.TrustStore;
import dev.caravan.broker.MessageBody;
import dev.caravan.event.EventUnverified;
import dev.caravan.event.EventVerifier;
import dev.caravan.event.SignedEvent;
import dev.caravan.routes.CaravanHeaders;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;

/**
 * {@code direct:verify-event}: fails with {@link EventUnverified} unless the body is an event that a platform of the
 * owner, or the owner's authority, signed about its own affairs. An integrator puts it behind
 * {@code jms:topic:caravan.events}. The body becomes the bytes that were signed; sets the property {@link #SPEAKER}.
 */
public final class VerifyEventRoute extends RouteBuilder {
    /** Exchange property: the platform that signed the event, or {@code authority}. */
    public static final String SPEAKER = "caravan.speaker";

    private final EventVerifier verifier;

    /** @param trust names the owner authority and what it revoked */
    public VerifyEventRoute(TrustStore trust) {
        verifier = new EventVerifier(trust);
    }

    @Override
    public void configure() {
        from(Direct.VERIFY_EVENT).routeId("verify-event").errorHandler(noErrorHandler())
                .process(this::verify);
    }

    private void verify(Exchange exchange) throws EventUnverified {
        Message message = exchange.getMessage();
        if (message.getBody() instanceof MessageBody refused) {
            throw new EventUnverified("it " + refused.whyNot());
        }
        byte[] body = message.getBody(byte[].class);
        if (body == null) {
            throw new EventUnverified("it has no body");
        }
        message.setBody(body);
        exchange.setProperty(SPEAKER, verifier.verify(new SignedEvent(body,
                message.getHeader(CaravanHeaders.SIGNATURE, String.class),
                message.getHeader(CaravanHeaders.CERTIFICATE, String.class),
                message.getHeader(CaravanHeaders.EVENT_KEY, String.class))).speaker());
    }
}
