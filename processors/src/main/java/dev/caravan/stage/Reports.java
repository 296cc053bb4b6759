package dev.caravan.stage;

import dev.caravan.event.MigrationReport.Attestation;
import dev.caravan.event.MigrationReport.Round;
import dev.caravan.event.MigrationReport.StageTime;
import dev.caravan.event.MigrationReport;
import dev.caravan.event.Outcome;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migration;
import dev.caravan.migration.Progress;
import dev.caravan.migration.SourceMigration;
import dev.caravan.stream.BatchChannel;
import dev.caravan.stream.SenderTotals;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Writes the report of a migration that has ended. */
public final class Reports {
    private Reports() {
    }

    /** The report as this side can tell it. */
    public static MigrationReport report(Migration migration, Outcome outcome, String error, String reason) {
        Progress progress = migration.progress();
        List<StageTime> stages = new ArrayList<>(migration.stages());
        stages.add(new StageTime(outcome.stage().label(), Instant.now(), 0));
        List<Round> rounds = progress.memoryBytes() == 0
                ? List.of()
                : List.of(new Round(0, progress.pagesSent(), progress.memoryBytes(), progress.transferMillis()));
        SenderTotals sent = sent(migration);
        return new MigrationReport(migration.id(), migration.container(), migration.source(), migration.destination(),
                migration.mode().label(), migration.mode().tracker(), outcome, reason, error, stages, rounds,
                downtime(migration),
                migration.totalMillis(), progress.memoryBytes(), sent.wireBytes() + sent.resentBytes(),
                progress.pagesSent(), progress.pagesZero(), 0, sent.batches(), sent.resent(), attestation(migration));
    }

    private static SenderTotals sent(Migration migration) {
        BatchChannel channel = migration.channel();
        return channel == null ? new SenderTotals(0, 0, 0, 0, 0, 0) : channel.sent();
    }

    private static Long downtime(Migration migration) {
        return migration instanceof SourceMigration source ? source.downtimeMillis() : null;
    }

    private static Attestation attestation(Migration migration) {
        return migration instanceof SourceMigration source
                ? new Attestation(source.sourceSide(), Attesting.side(source.destinationVerdict()))
                : new Attestation(Attesting.side(((DestinationMigration) migration).sourceVerdict()),
                        ((DestinationMigration) migration).destinationSide());
    }
}
