package dev.caravan.routes;

import dev.caravan.event.MigrationEvents;
import dev.caravan.event.MigrationEvents.ProgressData;
import dev.caravan.event.MigrationEvents.TransitionData;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationListener;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;

/**
 * Publishes what happens to migrations. Events are told, not kept: a broker that is away makes nothing wait, and what
 * does not fit the queue is dropped.
 */
public final class EventRoute extends RouteBuilder implements MigrationListener {
    private static final long TICK_NANOS = 100_000_000L;

    private final MigrationEvents events;
    private volatile ProducerTemplate producer;
    private volatile long lastTick;

    public EventRoute(MigrationEvents events) {
        this.events = events;
    }

    @Override
    public void configure() {
        producer = getContext().createProducerTemplate();

        from("direct:publish").routeId("publish")
                .to("seda:events?size=10000&discardWhenFull=true&waitForTaskToComplete=Never");

        from("seda:events?size=10000").routeId("events").errorHandler(noErrorHandler())
                .removeHeaders("caravan_*")
                .to("jms:topic:" + Addresses.EVENTS + "?deliveryPersistent=false&timeToLive=60000");
    }

    @Override
    public void entered(Migration migration, Stage stage, String reason) {
        publish(MigrationEvents.TRANSITION, migration,
                new TransitionData(migration.id(), migration.role().name().toLowerCase(java.util.Locale.ROOT),
                        migration.container(), migration.source(), migration.destination(), stage.label(), reason));
    }

    @Override
    public void progressed(Migration migration) {
        long now = System.nanoTime();
        if (now - lastTick > TICK_NANOS) {
            lastTick = now;
            publish(MigrationEvents.PROGRESS, migration, new ProgressData(migration.id(), migration.stage().label(),
                    migration.progress().doneBytes(), migration.progress().totalBytes()));
        }
    }

    @Override
    public void ended(Migration migration) {
        // the source's report is the migration's; the destination's stays in its journal
        if (migration.role() == Role.SOURCE) {
            publish(MigrationEvents.ENDED, migration, migration.report());
        }
    }

    private void publish(String type, Migration migration, Object data) {
        producer.sendBody("direct:publish", events.encode(type, migration.id().toString(), data));
    }
}
