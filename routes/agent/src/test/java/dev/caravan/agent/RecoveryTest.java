package dev.caravan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.criu.CannotControl;
import dev.caravan.criu.Command;
import dev.caravan.criu.CommandOutcome;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.LogExcerpt;
import dev.caravan.handover.HeldExpectation;
import dev.caravan.host.Discrepancies;
import dev.caravan.host.Discrepancy;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migrations;
import dev.caravan.migration.SourceMigration;
import dev.caravan.network.ContainerNetwork;
import dev.caravan.routes.Mailboxes;
import dev.caravan.routes.RememberedMigrations;
import dev.caravan.routes.ReplyRoute;
import dev.caravan.routes.RollingBackRoute;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent makes of its journal when it starts again after it was killed. */
class RecoveryTest {
    @TempDir
    Path directory;
    private final List<ControlMessage> sent = new CopyOnWriteArrayList<>();
    private Journal journal;
    private Migrations migrations;
    private Platform platform;
    private final CamelContext context = new DefaultCamelContext();
    private Mailboxes mailboxes;
    private RollingBackRoute undoing;
    private Recovery recovery;
    private volatile String cursed = "cursed";
    private volatile String stuck = "nobody";
    private final List<String> containers = new ArrayList<>();
    private final List<String> resumed = new CopyOnWriteArrayList<>();
    private final Discrepancies discrepancies = new Discrepancies();

    @BeforeEach
    void open() {
        journal = new Journal(directory.resolve("journal.db"));
        migrations = new Migrations(journal);
        recover(null);
    }

    /** @param network the containers' networks; null for a host without one */
    private void recover(ContainerNetwork network) {
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "containers" -> List.copyOf(containers);
                    case "workDirectories" -> List.of();
                    case "state" -> {
                        if (arguments[0].equals(cursed)) {
                            throw new CannotControl(cursed, "runc cannot tell its state", LogExcerpt.NONE);
                        }
                        yield new ContainerState((String) arguments[0], status((String) arguments[0]), 7, null);
                    }
                    case "resume" -> {
                        if (arguments[0].equals(stuck)) {
                            throw new CannotControl(stuck, "It stays frozen", LogExcerpt.NONE);
                        }
                        yield resumed.add((String) arguments[0]);
                    }
                    default -> throw new AssertionError("unexpected: " + method);
                });
        platform = new Platform("alpha", directory, directory, network, "/test", migrations, runtime, new Collecting());
        mailboxes = new Mailboxes(context);
        Cleanup cleanup = new Cleanup(platform);
        recovery = new Recovery(platform, mailboxes, new RememberedMigrations(platform, cleanup), discrepancies);
        undoing = new RollingBackRoute(platform, cleanup);
    }

    private void run() {
        try {
            context.addRoutes(new ReplyRoute(platform));
            context.addRoutes(undoing);
            context.start();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        recovery.run();
        Awaitility.await().until(() -> migrations.running().stream().allMatch(one -> mailboxes.isIdle(one.id())));
    }

    private Status status(String container) {
        return container.equals("gone")
                ? Status.ABSENT
                : container.equals("frozen") && !resumed.contains(container) ? Status.PAUSED : Status.RUNNING;
    }

    @AfterEach
    void close() {
        context.stop();
        journal.close();
    }

    @Test
    void whatHadNotCommittedIsRolledBackAndTheOtherSideHearsWhy() {
        UUID id = unfinished("web", Stage.SYNCING);
        run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(journal.find(id).orElseThrow().reason())
                .isEqualTo("the agent of alpha was restarted while syncing");
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.ABORT);
    }

    @Test
    void whatHadCommittedGoesForward() {
        UUID id = unfinished("web", Stage.COMMITTING);
        run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.COMMITTING);
        assertThat(sent).isEmpty();
    }

    @Test
    void whatHindersOneMigrationDoesNotHinderTheOthers() {
        UUID hindered = unfinished(cursed, Stage.SYNCING);
        UUID other = unfinished("web", Stage.SYNCING);
        run();
        assertThat(journal.find(hindered).orElseThrow().stage().isFinal()).isFalse();
        assertThat(journal.find(other).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
    }

    @Test
    void whatIsHinderedIsTriedAgainUntilNothingHindersIt() throws Exception {
        UUID hindered = unfinished(cursed, Stage.RESTORING);
        run();
        context.addRoutes(recovery);
        cursed = "nobody";
        Awaitility.await().atMost(Duration.ofSeconds(30))
                .until(() -> journal.find(hindered).orElseThrow().stage() == Stage.ROLLED_BACK);
        assertThat(migrations.running()).isEmpty();
    }

    @Test
    void aSourceThatHasLostItsCopyWaitsForTheDestinationToShowIt() {
        UUID id = unfinished("gone", Stage.RESTORING);
        journal.remember(id, Facts.HELD_EXPECTATION,
                new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.RESTORING);
        assertThat(sent).isEmpty();
        assertThat(migrations.find(id)).get().isInstanceOfSatisfying(SourceMigration.class, migration -> {
            assertThat(migration.isCopyLost()).isTrue();
            assertThat(migration.silence()).isZero();
            assertThat(migration.expectation().firstEvidence()).hasSize(9);
            assertThatThrownBy(new MigrationBean(migration, mailboxes)::cancel)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("beta may hold the only copy");
        });
    }

    @Test
    void aSourceThatWasCutOffBeforeItHadJournalledRestoringHasNotSentEverything() {
        UUID id = unfinished("gone", Stage.TRANSFERRING);
        journal.remember(id, Facts.HELD_EXPECTATION,
                new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.ABORT);
    }

    @Test
    void aContainerThatHasGoneOnHereIsNotCommittedAfterItEnded() {
        UUID id = unfinished("gone", Stage.RESTORING);
        journal.remember(id, Facts.HELD_EXPECTATION,
                new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        new Cleanup(platform).forbidCommit(id);
        run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.ABORT);
    }

    @Test
    void aSourceWhoseCopyIsThereRollsBackWhateverTheDestinationHolds() {
        UUID id = unfinished("web", Stage.RESTORING);
        journal.remember(id, Facts.HELD_EXPECTATION,
                new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
    }

    @Test
    void aReportSaysThatTheContainerIsNowhereIfItIs() {
        UUID id = unfinished("gone", Stage.SYNCING);
        run();
        assertThat(journal.find(id).orElseThrow().reason()).isEqualTo(
                "the agent of alpha was restarted while syncing; but gone does not run at alpha: it is absent");
    }

    @Test
    void whatCannotBeUndoneAtOnceIsTriedAgainWithoutAWatchdog() throws Exception {
        stuck = "frozen";
        UUID id = unfinished("frozen", Stage.TRANSFERRING);
        run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLING_BACK);
        context.addRoutes(recovery);
        stuck = "nobody";
        recovery.await(new IOException("the TPM does not answer"));
        assertThat(resumed).containsExactly("frozen");
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
    }

    @Test
    void aFenceWithTheLinkUpFitsAMigrationThatHasNotCommitted() {
        recover(new ContainerNetwork(this::fencedWithLinkUp, "br0"));
        UUID id = unfinished("frozen", Stage.TRANSFERRING);
        run();
        assertThat(resumed).containsExactly("frozen");
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(discrepancies.all()).isEmpty();
    }

    /** A journal that was put back from a backup has forgotten the commit. */
    @Test
    void nothingIsThawedWhoseLinkIsDownThoughTheJournalHasNoCommit() throws Exception {
        recover(new ContainerNetwork(this::fencedWithLinkDown, "br0"));
        containers.add("frozen");
        UUID id = unfinished("frozen", Stage.TRANSFERRING);
        run();
        recovery.await(new IOException("nothing waits"));
        assertThat(resumed).isEmpty();
        assertThat(sent).isEmpty();
        assertThat(migrations.running()).isEmpty();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.TRANSFERRING);
        assertThat(discrepancies.all()).singleElement().extracting(Discrepancy::found).asString()
                .startsWith("frozen is frozen and cut off with its link down at alpha")
                .contains("frozen may run at beta");
    }

    @Test
    void aFencedContainerThatTheJournalDoesNotKnowIsLeftAsItIs() {
        recover(new ContainerNetwork(this::fencedWithLinkUp, "br0"));
        containers.add("frozen");
        run();
        assertThat(resumed).isEmpty();
        assertThat(discrepancies.of("frozen")).isPresent();
    }

    @Test
    void aJournalWhoseCertificateIsDamagedIsUndoneAllTheSame() {
        UUID id = unfinished("web", Stage.SYNCING);
        journal.remember(id, Facts.PEER_CERTIFICATE, new byte[]{1});
        run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
    }

    private CommandOutcome fencedWithLinkUp(Command command) {
        return fenced(command, "\"UP\"");
    }

    private CommandOutcome fencedWithLinkDown(Command command) {
        return fenced(command, "");
    }

    /** What nft and ip print of a container's network on this host. */
    private static CommandOutcome fenced(Command command, String flags) {
        String line = String.join(" ", command.arguments());
        String printed = "";
        if (line.contains("list tables")) {
            printed = "table inet caravan_fence\n";
        } else if (line.endsWith("type veth")) {
            printed = "[{\"ifname\":\"cv0\",\"ifindex\":9,\"link_index\":2,\"flags\":[" + flags + "]}]";
        } else if (line.endsWith("link show")) {
            printed = "[{\"ifname\":\"eth0\",\"ifindex\":2,\"link_index\":9,\"link_type\":\"ether\",\"flags\":[\"UP\"]}]";
        }
        return new CommandOutcome(0, printed, "");
    }

    private UUID unfinished(String container, Stage stage) {
        UUID id = UUID.randomUUID();
        journal.open(id, Role.SOURCE, container, "alpha", "beta");
        StagePath.lead(journal, id, stage);
        return id;
    }

    /** Keeps what would be sent to other agents. */
    private final class Collecting implements ControlLink {
        @Override
        public void send(ControlMessage message) {
            sent.add(message);
        }

        @Override
        public void sendWhenPossible(ControlMessage message) {
            sent.add(message);
        }
    }
}
