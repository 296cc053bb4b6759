package dev.caravan.agent;

import dev.caravan.agent.jolokia.Caller;
import dev.caravan.event.MigrationReport;
import dev.caravan.event.Outcome;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.routes.Mailboxes;
import dev.caravan.stage.Attesting;
import dev.caravan.stream.SenderTotals;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One migration as JMX shows it. */
final class MigrationBean implements MigrationMXBean {
    private static final Logger LOG = LoggerFactory.getLogger(MigrationBean.class);

    private final Migration migration;
    private final Mailboxes mailboxes;

    MigrationBean(Migration migration, Mailboxes mailboxes) {
        this.migration = migration;
        this.mailboxes = mailboxes;
    }

    @Override
    public String getContainer() {
        return migration.container();
    }

    @Override
    public String getRole() {
        return migration.role().name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String getSource() {
        return migration.source();
    }

    @Override
    public String getDestination() {
        return migration.destination();
    }

    @Override
    public String getStage() {
        return migration.stage().label();
    }

    @Override
    public int getRounds() {
        return migration.progress().memoryBytes() == 0 ? 0 : 1;
    }

    @Override
    public long getBytesDone() {
        return migration.progress().doneBytes();
    }

    @Override
    public long getBytesTotal() {
        return migration.progress().totalBytes();
    }

    @Override
    public long getBytesSent() {
        SenderTotals sent = migration instanceof SourceMigration source && source.channel() != null
                ? source.channel().sent()
                : null;
        return sent == null ? 0 : sent.wireBytes() + sent.resentBytes();
    }

    @Override
    public long getBytesPerSecond() {
        MigrationReport report = migration.report();
        long millis = report == null ? migration.totalMillis() : report.totalMillis();
        return millis == 0 ? 0 : getBytesDone() * 1000 / millis;
    }

    @Override
    public long getDowntimeMillis() {
        Long downtime = migration instanceof SourceMigration source ? source.downtimeMillis() : null;
        return downtime == null ? -1 : downtime;
    }

    @Override
    public String getVerdict() {
        return migration instanceof SourceMigration source
                ? Attesting.side(source.destinationVerdict()).verdict()
                : Attesting.side(((dev.caravan.migration.DestinationMigration) migration).sourceVerdict()).verdict();
    }

    @Override
    public String getReason() {
        MigrationReport report = migration.report();
        return report == null ? "" : report.reason();
    }

    @Override
    public void cancel() {
        String reason = "cancelled by " + Caller.current().orElse("a user of this machine (JMX)");
        mailboxes.cancel(migration, new MigrationFailed(Outcome.CANCELLED, "cancelled", reason)).ifPresent(refusal -> {
            throw new IllegalStateException(refusal);
        });
        LOG.info("migration {} of {} is {}", migration.id(), migration.container(), reason);
    }
}
