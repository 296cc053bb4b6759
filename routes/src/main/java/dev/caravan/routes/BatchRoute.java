package dev.caravan.routes;

import dev.caravan.batch.BatchChannel;
import dev.caravan.batch.Rehearsal;
import dev.caravan.migration.Migration;
import dev.caravan.stage.Platform;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/**
 * Encrypted batches, in and out. They are not durable: what is lost is sent again. A batch of no migration that runs
 * here is dropped; the channel judges all others.
 */
public final class BatchRoute extends RouteBuilder {
    private final Platform platform;
    private final Rehearsal rehearsal;

    public BatchRoute(Platform platform, Rehearsal rehearsal) {
        this.platform = platform;
        this.rehearsal = rehearsal;
    }

    @Override
    public void configure() {
        from("jms:queue:" + Addresses.batches(platform.name()) + "?acknowledgementModeName=DUPS_OK_ACKNOWLEDGE")
                .routeId("batches")
                .process(this::receive);

        from("direct:send-batch").routeId("send-batch").errorHandler(noErrorHandler())
                .toD("jms:queue:${exchangeProperty.address}?deliveryPersistent=false");
    }

    private void receive(Exchange exchange) {
        UUID migration = migration(exchange.getMessage().getHeader(SignedHeaders.MIGRATION, String.class));
        if (migration == null) {
            return;
        }
        if (migration.equals(rehearsal.id())) {
            rehearsal.accept(exchange.getMessage().getBody(byte[].class));
            return;
        }
        BatchChannel channel = platform.migrations().find(migration).map(Migration::channel).orElse(null);
        if (channel != null) {
            channel.accept(exchange.getMessage().getBody(byte[].class));
        }
    }

    /** The migration that a header names, or null. */
    private static UUID migration(String header) {
        try {
            return header == null ? null : UUID.fromString(header);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
