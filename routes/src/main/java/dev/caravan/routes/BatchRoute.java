package dev.caravan.routes;

import dev.caravan.memory.Rehearsal;
import dev.caravan.migration.Migration;
import dev.caravan.stage.Platform;
import dev.caravan.stream.BatchChannel;
import dev.caravan.stream.BatchRejected;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encrypted batches, in and out. They are not durable: what is lost is sent again. A batch of no migration that runs
 * here is dropped; the channel judges all others. What has another form than a batch goes to the dead letters.
 */
public final class BatchRoute extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(BatchRoute.class);

    private final Platform platform;
    private final Rehearsal rehearsal;

    public BatchRoute(Platform platform, Rehearsal rehearsal) {
        this.platform = platform;
        this.rehearsal = rehearsal;
    }

    @Override
    public void configure() {
        String address = Addresses.batches(platform.name());
        onException(BatchRejected.class).handled(true)
                .process(exchange -> LOG.warn("batch refused: {}", Intake.reason(exchange)))
                .process(Intake.letter("batches"))
                .to("jms:queue:" + Addresses.deadLetters(address) + "?deliveryPersistent=false");

        from("jms:queue:" + address + "?acknowledgementModeName=DUPS_OK_ACKNOWLEDGE")
                .routeId("batches")
                .process(new Intake("the batch",
                        reason -> new BatchRejected(BatchRejected.Reason.MALFORMED, reason)))
                .process(this::receive);

        from(Direct.SEND_BATCH).routeId("send-batch").errorHandler(noErrorHandler())
                .toD("jms:queue:${exchangeProperty.address}?deliveryPersistent=false");
    }

    private void receive(Exchange exchange) {
        UUID migration = migration(exchange.getMessage().getHeader(CaravanHeaders.MIGRATION, String.class));
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
