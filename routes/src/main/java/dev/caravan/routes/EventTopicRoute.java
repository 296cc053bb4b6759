package dev.caravan.routes;

import dev.caravan.routes.event.EventSigning;
import org.apache.camel.builder.RouteBuilder;

/** Publishes signed what has happened to migrations, also what happened before there was a key or a broker. */
public final class EventTopicRoute extends RouteBuilder {
    private final EventSigning signing;

    public EventTopicRoute(EventSigning signing) {
        this.signing = signing;
    }

    @Override
    public void configure() {
        from(EventRoute.QUEUE).routeId("events").errorHandler(noErrorHandler())
                .process(signing)
                .to("jms:topic:" + Addresses.EVENTS + "?deliveryPersistent=false&timeToLive=60000");
    }
}
