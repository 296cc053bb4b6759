package dev.caravan.routes;

import dev.caravan.routes.event.EventSigning;
import org.apache.camel.builder.RouteBuilder;

/**
 * Publishes signed what has happened to migrations, also what happened before there was a key or a broker. A broker or TPM
 * that is away for a while costs time, no event; it is the broker that forgets an event after a minute, by its own clock.
 */
public final class EventTopicRoute extends RouteBuilder {
    private static final int ATTEMPTS_A_SECOND_APART = 60;

    private final EventSigning signing;

    public EventTopicRoute(EventSigning signing) {
        this.signing = signing;
    }

    @Override
    public void configure() {
        from(EventRoute.QUEUE).routeId("events")
                .errorHandler(defaultErrorHandler().maximumRedeliveries(ATTEMPTS_A_SECOND_APART)
                        .redeliveryDelay(1_000).allowRedeliveryWhileStopping(false))
                .process(signing)
                .to("jms:topic:" + Addresses.EVENTS + "?deliveryPersistent=false");
    }
}
