package dev.caravan.routes;

import dev.caravan.control.ControlBodies;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.migration.Migration;
import dev.caravan.stage.Platform;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/**
 * What stages say to the other side of their migration: every message that leaves by a route leaves here, unless the version
 * of the protocol that the two have agreed on does not have it.
 */
public final class ReplyRoute extends RouteBuilder {
    private final Platform platform;

    public ReplyRoute(Platform platform) {
        this.platform = platform;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        for (ControlType type : ControlType.values()) {
            from(Direct.reply(type)).routeId("reply-" + type.label())
                    .filter(exchange -> Steps.migration(exchange).peerKnows(type))
                    .process(exchange -> platform.control().send(message(type, exchange)));

            from(Direct.tell(type)).routeId("tell-" + type.label())
                    .filter(exchange -> Steps.migration(exchange).peerKnows(type))
                    .process(exchange -> platform.control().sendWhenPossible(message(type, exchange)));
        }
    }

    private ControlMessage message(ControlType type, Exchange exchange) {
        Migration migration = Steps.migration(exchange);
        return ControlCodec.message(type, migration.id(), platform.name(), migration.peer(),
                ControlBodies.of(type, exchange.getMessage().getBody()));
    }
}
