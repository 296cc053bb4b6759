package dev.caravan.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.event.Outcome;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.request.MigrationRequest;
import dev.caravan.stage.Reports;
import dev.caravan.store.StoreFailed;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MigrationsTest {
    private static final int AT_ONCE = 8;

    @TempDir
    Path directory;
    private Journal journal;
    private Migrations migrations;

    @BeforeEach
    void open() {
        journal = new Journal(directory.resolve("journal.db"));
        migrations = new Migrations(journal);
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private static SourceMigration migration(UUID id) {
        return new SourceMigration(new MigrationRequest(id, "redis", "alpha", "beta", "stopcopy", Instant.now(),
                Instant.now().plusSeconds(60)));
    }

    @Test
    void oneRequestThatComesByManyWaysAtOnceIsTakenOnce() throws Exception {
        UUID id = UUID.randomUUID();
        assertThat(openAtOnce(() -> id)).containsOnlyOnce("true").filteredOn("false"::equals).hasSize(AT_ONCE - 1);
    }

    @Test
    void ofManyRequestsForOneContainerAtOnceOneIsTaken() throws Exception {
        List<String> outcomes = openAtOnce(UUID::randomUUID);
        assertThat(outcomes).containsOnlyOnce("true");
        assertThat(outcomes).filteredOn(outcome -> outcome.contains("is being moved already")).hasSize(AT_ONCE - 1);
    }

    @Test
    void aRefusedRequestLeavesNothingInTheJournal() {
        SourceMigration first = migration(UUID.randomUUID());
        migrations.open(first);
        SourceMigration second = migration(UUID.randomUUID());
        assertThatThrownBy(() -> migrations.open(second)).isInstanceOf(AlreadyMigrating.class)
                .hasMessageContaining(first.id().toString());
        assertThat(journal.all()).hasSize(1);
    }

    @Test
    void aContainerIsTakenUntilItsMigrationHasEndedWhateverRestartsInBetween() {
        UUID first = UUID.randomUUID();
        migrations.open(migration(first));
        migrations = new Migrations(journal);
        assertThatThrownBy(() -> migrations.open(migration(UUID.randomUUID()))).isInstanceOf(AlreadyMigrating.class)
                .hasMessageContaining(first + ", which is requested");
        journal.enter(first, Stage.ROLLING_BACK, "");
        assertThatThrownBy(() -> migrations.open(migration(UUID.randomUUID()))).isInstanceOf(AlreadyMigrating.class);
        journal.enter(first, Stage.ROLLED_BACK, "");
        assertThat(migrations.open(migration(UUID.randomUUID()))).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"RESTORING", "COMMITTING"})
    void aContainerThatIsHeldHereCannotBeMovedOn(Stage stage) {
        UUID arriving = UUID.randomUUID();
        journal.open(arriving, Role.DESTINATION, "redis", "beta", "alpha");
        StagePath.lead(journal, arriving, stage);
        assertThatThrownBy(() -> migrations.open(migration(UUID.randomUUID()))).isInstanceOf(AlreadyMigrating.class)
                .hasMessageContaining(stage.label());
    }

    @Test
    void aContainerThatRunsHereCanBeMovedOnBeforeItsFormerHostHasReleasedIt() {
        UUID arriving = UUID.randomUUID();
        journal.open(arriving, Role.DESTINATION, "redis", "beta", "alpha");
        StagePath.lead(journal, arriving, Stage.RELEASING);
        assertThat(migrations.open(migration(UUID.randomUUID()))).isTrue();
    }

    @Test
    void aContainerDoesNotComeBackWhileItsFormerCopyIsBeingReleased() {
        UUID leaving = UUID.randomUUID();
        journal.open(leaving, Role.SOURCE, "redis", "alpha", "beta");
        StagePath.lead(journal, leaving, Stage.RELEASING);
        DestinationMigration back = new DestinationMigration(UUID.randomUUID(), "redis", "beta", "alpha");
        assertThatThrownBy(() -> migrations.open(back)).isInstanceOf(AlreadyMigrating.class);
    }

    @Test
    void aMigrationWhoseReportCannotBeKeptHasEndedAllTheSame() throws Exception {
        SourceMigration migration = migration(UUID.randomUUID());
        migrations.open(migration);
        migrations.enter(migration, Stage.ROLLING_BACK, "");
        List<UUID> ended = new ArrayList<>();
        migrations.listen(new Ended(ignored -> {
            throw new IllegalStateException("this listener fails");
        }));
        migrations.listen(new Ended(ended::add));
        fail("update of report");

        migrations.end(migration, Reports.report(migration, Outcome.ROLLED_BACK, "failed", "why"));

        assertThat(ended).containsExactly(migration.id());
        assertThat(migrations.find(migration.id())).isEmpty();
        assertThat(journal.find(migration.id()).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(migrations.open(migration(UUID.randomUUID()))).isTrue();
    }

    @Test
    void aMigrationWhoseEndCannotBeJournalledHasNotEnded() throws Exception {
        SourceMigration migration = migration(UUID.randomUUID());
        migrations.open(migration);
        migrations.enter(migration, Stage.ROLLING_BACK, "");
        fail("update of stage");
        assertThatThrownBy(
                () -> migrations.end(migration, Reports.report(migration, Outcome.ROLLED_BACK, "failed", "why")))
                .isInstanceOf(StoreFailed.class);
        assertThat(migrations.find(migration.id())).isPresent();
        assertThat(journal.unfinished()).hasSize(1);
    }

    /** What fills the disk fails a write. */
    private void fail(String write) throws SQLException {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("journal.db"));
                Statement statement = other.createStatement()) {
            statement.execute("create trigger full before " + write
                    + " on migration begin select raise(abort, 'database or disk is full'); end");
        }
    }

    private record Ended(Consumer<UUID> told) implements MigrationListener {
        @Override
        public void entered(Migration migration, Stage stage, String reason) {
            // only the end counts
        }

        @Override
        public void progressed(Migration migration) {
            // only the end counts
        }

        @Override
        public void ended(Migration migration) {
            told.accept(migration.id());
        }
    }

    private List<String> openAtOnce(Supplier<UUID> ids) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<String>> opened = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                Callable<String> opening = () -> {
                    start.await();
                    try {
                        return String.valueOf(migrations.open(migration(ids.get())));
                    } catch (AlreadyMigrating e) {
                        return e.getMessage();
                    }
                };
                opened.add(executor.submit(opening));
            }
            start.countDown();
            List<String> outcomes = new ArrayList<>();
            for (Future<String> future : opened) {
                outcomes.add(future.get());
            }
            return outcomes;
        } finally {
            executor.shutdownNow();
        }
    }
}
