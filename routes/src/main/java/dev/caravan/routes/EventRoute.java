package dev.caravan.routes;

import dev.caravan.event.MigrationEvents;
import dev.caravan.event.MigrationEvents.DiscrepancyData;
import dev.caravan.event.MigrationEvents.ProgressData;
import dev.caravan.event.MigrationEvents.TransitionData;
import dev.caravan.host.Discrepancy;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationListener;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.seda.SedaEndpoint;

/**
 * Takes in what happens to migrations, for {@link EventTopicRoute} to publish. Events are told, not kept: neither a signature
 * nor a broker that is away makes a migration wait. Progress is dropped while other events wait, anything else only when
 * thousands do.
 */
public final class EventRoute extends RouteBuilder implements MigrationListener {
    private static final long TICK_NANOS = 100_000_000L;
    /** Where events wait until they are signed and sent. */
    static final String QUEUE = "seda:events?size=10000";

    private final MigrationEvents events;
    private volatile ProducerTemplate producer;
    private volatile SedaEndpoint queue;
    private volatile long lastTick;

    public EventRoute(MigrationEvents events) {
        this.events = events;
    }

    @Override
    public void configure() {
        producer = getContext().createProducerTemplate();
        queue = getContext().getEndpoint(QUEUE, SedaEndpoint.class);

        from(Direct.PUBLISH).routeId("publish")
                .to(QUEUE + "&discardWhenFull=true&waitForTaskToComplete=Never");
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
        if (now - lastTick > TICK_NANOS && queue.getCurrentQueueSize() == 0) {
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

    /** Tells of something at this host that its journal does not explain. */
    public void found(String host, Discrepancy odd) {
        publish(MigrationEvents.DISCREPANCY, host,
                new DiscrepancyData(host, odd.container(), odd.migration(), odd.found()));
    }

    private void publish(String type, Migration migration, Object data) {
        publish(type, migration.id().toString(), data);
    }

    private void publish(String type, String subject, Object data) {
        producer.sendBody(Direct.PUBLISH, events.encode(type, subject, data));
    }
}
