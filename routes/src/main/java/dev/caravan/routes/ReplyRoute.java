package dev.caravan.routes;

import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlBodies;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.event.MigrationReport.Side;
import dev.caravan.event.Outcome;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.stage.Attesting;
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

    /** Why a migration was given up, as the other side is told. */
    static Reason whyAborted(Migration migration) {
        MigrationFailed why = migration.aborted();
        Side source = migration instanceof DestinationMigration destination
                ? Attesting.side(destination.sourceVerdict())
                : null;
        return new Reason(why.error(), why.getMessage(), why.outcome() == Outcome.REFUSED, source);
    }

    private ControlMessage message(ControlType type, Exchange exchange) {
        Migration migration = Steps.migration(exchange);
        return ControlCodec.message(type, migration.id(), platform.name(), migration.peer(),
                ControlBodies.of(type, exchange.getMessage().getBody()));
    }
}
