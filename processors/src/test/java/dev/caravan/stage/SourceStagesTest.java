package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.bundle.Bundle;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.migration.Facts;
import dev.caravan.journal.Journal;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Migrations;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.MigrationRequest;
import dev.caravan.rootfs.RootfsScanner;
import dev.caravan.session.Handshake;
import dev.caravan.session.HandshakeRejected;
import dev.caravan.stream.BatchChannel;
import dev.caravan.stream.BatchSettings;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of the source's stream, after which the destination may hold the container. */
class SourceStagesTest {
    /** No process has it. */
    private static final int NO_PID = Integer.MAX_VALUE;

    @TempDir
    Path directory;
    /** Whether the journal told what the destination must show, at each batch that left. */
    private final List<Boolean> expected = new CopyOnWriteArrayList<>();
    private Journal journal;
    private SourceMigration migration;
    private SourceStages stages;
    private Attesting attesting;

    @BeforeEach
    void scanTheRootFileSystem() throws Exception {
        journal = new Journal(directory.resolve("journal.db"));
        Migrations migrations = new Migrations(journal);
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> new ContainerState("web",
                        ContainerState.Status.PAUSED, NO_PID, directory));
        Platform platform = new Platform("alpha", directory, directory, null, "/test", migrations, runtime, null);
        RootfsScanner scanner = new RootfsScanner();
        stages = new SourceStages(platform, null, scanner);
        attesting = new Attesting(platform, null, null);
        migration = new SourceMigration(new MigrationRequest(UUID.randomUUID(), "web", "alpha", "beta", "stopcopy",
                Instant.now(), Instant.now().plusSeconds(60)));
        migrations.open(migration);
        Path rootfs = Files.createDirectories(directory.resolve("rootfs"));
        migration.bundle(directory, Bundle.parse("{\"root\":{\"path\":\"rootfs\"}}".getBytes(StandardCharsets.UTF_8)));
        migration.scan(scanner.scan(rootfs, migration::requireWanted));
        Files.writeString(rootfs.resolve("written-meanwhile"), "news");
        establishSession();
        migration.channel(new BatchChannel(migration.session(),
                wire -> expected.add(journal.recall(migration.id(), Facts.HELD_EXPECTATION).isPresent()), batch -> {
                }, BatchSettings.defaults()));
    }

    private void establishSession() throws HandshakeRejected {
        List<byte[]> chain = List.of(new byte[]{1});
        SortedSet<Integer> pcrs = new TreeSet<>(List.of(7));
        SecureRandom random = new SecureRandom();
        migration.handshake(Handshake.source(migration.id(), chain, chain, pcrs, random));
        migration.destinationEvidence(new byte[]{2});
        try (Handshake answered = Handshake.destination(migration.handshake().hello(), migration.id(), chain, chain,
                pcrs, random)) {
            migration.handshake().receive(answered.hello());
            migration.session(migration.handshake().establish(new byte[]{2}, new byte[]{2}));
        }
    }

    @AfterEach
    void close() {
        migration.close();
        journal.close();
    }

    @Test
    void whatTheDestinationMustShowIsJournalledBeforeItCanHaveEverything() throws IOException {
        attesting.expectHeld(migration, stages.sendChanges(migration));
        stages.sendLast(migration);

        Awaitility.await("the manifest, then the chunks")
                .untilAsserted(() -> assertThat(expected).hasSizeGreaterThan(1));
        assertThat(expected.get(1)).isTrue();
        assertThat(journal.recall(migration.id(), Facts.HELD_EXPECTATION).orElseThrow().streamDigest())
                .isEqualTo(migration.channel().sentDigest());
    }

    @Test
    void theEndIsNotSentBeforeItMayBe() throws IOException {
        stages.sendChanges(migration);
        assertThat(migration.channel().sent().batches()).as("the manifest alone").isEqualTo(1);

        migration.abort(MigrationFailed.rollBack("cancelled", "an operator cancelled it"));
        assertThatThrownBy(() -> stages.sendLast(migration)).hasMessage("an operator cancelled it");
        assertThat(migration.channel().sent().batches()).isEqualTo(1);
    }
}
