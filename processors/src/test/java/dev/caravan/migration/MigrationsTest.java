package dev.caravan.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.journal.Journal;
import dev.caravan.request.MigrationRequest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
