package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.bundle.Bundle;
import dev.caravan.criu.CannotCheckpoint;
import dev.caravan.criu.CheckpointSpec;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.CriuComponent;
import dev.caravan.criu.LogExcerpt;
import dev.caravan.migration.Facts;
import dev.caravan.handover.Reactions;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Migrations;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.MigrationRequest;
import dev.caravan.rootfs.RootfsScanner;
import dev.caravan.session.Handshake;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import dev.caravan.stream.BatchChannel;
import dev.caravan.stream.BatchHeader;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.BatchSettings;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The frozen container's way to the destination, with a dump that does what a test says. */
class TransferringRouteTest extends CamelTestSupport {
    /** No process has it. */
    private static final int NO_PID = Integer.MAX_VALUE;

    @TempDir
    Path directory;
    private final CountDownLatch dumpMayEnd = new CountDownLatch(1);
    private final AtomicInteger dumpsEnded = new AtomicInteger();
    private final List<BatchKind> sent = new CopyOnWriteArrayList<>();
    private Journal journal;
    private Migrations migrations;
    private SourceMigration migration;
    private volatile RuntimeException dumpFails;

    @Override
    protected CamelContext createCamelContext() throws Exception {
        CamelContext context = super.createCamelContext();
        CriuComponent criu = new CriuComponent();
        criu.getConfiguration().setRuntime(runtime());
        context.addComponent("criu", criu);
        return context;
    }

    @Override
    protected RoutesBuilder createRouteBuilder() throws Exception {
        journal = new Journal(directory.resolve("journal.db"));
        migrations = new Migrations(journal);
        Platform platform = new Platform("alpha", directory, directory, null, "/test", migrations, runtime(), null);
        migration = new SourceMigration(new MigrationRequest(UUID.randomUUID(), "web", "alpha", "beta", "stopcopy",
                Instant.now(), Instant.now().plusSeconds(60)));
        migrations.open(migration);
        StagePath.lead(migrations, migration, Stage.SYNCING);
        Path rootfs = Files.createDirectories(directory.resolve("rootfs"));
        migration.bundle(directory, Bundle.parse("{\"root\":{\"path\":\"rootfs\"}}".getBytes(StandardCharsets.UTF_8)));
        migration.scan(new RootfsScanner().scan(rootfs, migration::requireWanted));
        establishSession();
        migration.channel(new BatchChannel(migration.session(), this::note, batch -> {
        }, BatchSettings.defaults()));
        SourceStages source = new SourceStages(platform, null, new RootfsScanner());
        context.addRoutes(new StopcopyRoute(platform, source));
        return new TransferringRoute(platform, new Attesting(platform, null, null), source);
    }

    private void prepare(Exchange exchange) {
        exchange.setProperty(Steps.MIGRATION, migration);
        exchange.setProperty(ModePart.MODE, migration.mode().label());
    }

    private void establishSession() throws Exception {
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

    private void note(byte[] wire) {
        try {
            sent.add(BatchHeader.read(wire).kind());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A runtime whose checkpoint writes a page at once, and the rest when it may end. */
    private ContainerRuntime runtime() {
        return (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "checkpoint" -> dump((CheckpointSpec) arguments[0]);
                    case "awaitNoCheckpoint" -> {
                        dumpsEnded.incrementAndGet();
                        dumpMayEnd.countDown();
                        yield null;
                    }
                    default -> new ContainerState("web", ContainerState.Status.PAUSED, NO_PID, directory);
                });
    }

    private Object dump(CheckpointSpec spec) throws IOException, InterruptedException {
        Files.write(spec.imageDirectory().resolve("pages-1.img"), new byte[4096]);
        assertThat(dumpMayEnd.await(30, TimeUnit.SECONDS)).isTrue();
        Files.writeString(spec.imageDirectory().resolve("core-1.img"), "core");
        if (dumpFails != null) {
            throw dumpFails;
        }
        return null;
    }

    @AfterEach
    void close() {
        dumpMayEnd.countDown();
        migration.close();
        journal.close();
    }

    private Exchange transfer() {
        return template.send(Direct.of(Reactions.TRANSFER),
                this::prepare);
    }

    @Test
    void imagesAreSentWhileTheDumpStillRunsAndTheRestWhenItHasEnded() throws Exception {
        var transferred = template.asyncSend(Direct.of(Reactions.TRANSFER),
                this::prepare);
        Awaitility.await().until(() -> sent.contains(BatchKind.IMAGE));
        assertThat(dumpMayEnd.getCount()).as("the dump still runs").isOne();
        assertThat(sent).doesNotContain(BatchKind.END);
        dumpMayEnd.countDown();

        assertThat(transferred.get(30, TimeUnit.SECONDS).getException()).isNull();
        Awaitility.await().untilAsserted(() -> assertThat(new LinkedHashSet<>(sent)).containsExactly(BatchKind.IMAGE,
                BatchKind.END, BatchKind.MANIFEST, BatchKind.CHUNKS));
        assertThat(stage()).isEqualTo(Stage.RESTORING);
        assertThat(journal.recall(migration.id(), Facts.HELD_EXPECTATION)).isPresent();
        assertThat(dumpsEnded).as("dumps that had to be ended").hasValue(0);
    }

    @Test
    void aDumpThatFailsFailsTheStageBeforeTheDestinationCanHaveEverything() {
        dumpFails = new CannotCheckpoint("web", "a device is mapped", LogExcerpt.NONE);
        dumpMayEnd.countDown();

        assertThat(transfer().getException()).isSameAs(dumpFails);
        assertThat(sent).doesNotContain(BatchKind.CHUNKS);
        assertThat(stage()).isEqualTo(Stage.TRANSFERRING);
        assertThat(journal.recall(migration.id(), Facts.HELD_EXPECTATION)).isEmpty();
    }

    @Test
    void aStreamThatEndsHasTheDumpEndedToo() throws Exception {
        var transferred = template.asyncSend(Direct.of(Reactions.TRANSFER),
                this::prepare);
        Awaitility.await().until(() -> sent.contains(BatchKind.IMAGE));
        migration.abort(MigrationFailed.rollBack("silent", "beta was not heard of"));

        assertThat(transferred.get(30, TimeUnit.SECONDS).getException()).hasMessage("beta was not heard of");
        assertThat(dumpsEnded.get()).as("dumps that had to be ended").isPositive();
        assertThat(stage()).isEqualTo(Stage.TRANSFERRING);
    }

    private Stage stage() {
        return journal.find(migration.id()).orElseThrow().stage();
    }
}
