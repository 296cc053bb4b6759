package dev.caravan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.ContainerState;
import dev.caravan.handover.HeldExpectation;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migrations;
import dev.caravan.migration.SourceMigration;
import dev.caravan.routes.StageRunner;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
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
    private StageRunner runner;
    private Recovery recovery;
    private volatile String cursed = "cursed";

    @BeforeEach
    void open() {
        journal = new Journal(directory.resolve("journal.db"));
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> {
                    if (arguments[0].equals(cursed)) {
                        throw new IllegalStateException("runc cannot tell its state");
                    }
                    return method.getName().equals("state")
                            ? new ContainerState((String) arguments[0],
                                    arguments[0].equals("gone") ? Status.ABSENT : Status.RUNNING, 7, null)
                            : null;
                });
        migrations = new Migrations(journal);
        platform = new Platform("alpha", directory, directory, null, "/test", migrations,
                runtime, new Collecting());
        runner = new StageRunner(platform, new Cleanup(platform), null);
        recovery = new Recovery(platform, runner);
    }

    @AfterEach
    void close() {
        journal.close();
    }

    @Test
    void whatHadNotCommittedIsRolledBackAndTheOtherSideHearsWhy() {
        UUID id = unfinished("web", Stage.SYNCING);
        recovery.run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(journal.find(id).orElseThrow().reason())
                .isEqualTo("the agent of alpha was restarted while syncing");
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.ABORT);
    }

    @Test
    void whatHadCommittedGoesForward() {
        UUID id = unfinished("web", Stage.COMMITTING);
        recovery.run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.COMMITTING);
        assertThat(sent).isEmpty();
    }

    @Test
    void whatHindersOneMigrationDoesNotHinderTheOthers() {
        UUID hindered = unfinished(cursed, Stage.SYNCING);
        UUID other = unfinished("web", Stage.SYNCING);
        recovery.run();
        assertThat(journal.find(hindered).orElseThrow().stage().isFinal()).isFalse();
        assertThat(journal.find(other).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
    }

    @Test
    void whatIsHinderedIsTriedAgainUntilNothingHindersIt() throws Exception {
        UUID hindered = unfinished(cursed, Stage.RESTORING);
        try (CamelContext context = new DefaultCamelContext()) {
            recovery.run();
            context.addRoutes(recovery);
            context.start();
            cursed = "nobody";
            Awaitility.await().atMost(Duration.ofSeconds(30))
                    .until(() -> journal.find(hindered).orElseThrow().stage() == Stage.ROLLED_BACK);
        }
        assertThat(migrations.running()).isEmpty();
    }

    @Test
    void aSourceThatHasLostItsCopyWaitsForTheDestinationToShowIt() {
        UUID id = unfinished("gone", Stage.RESTORING);
        journal.remember(id, Facts.HELD_EXPECTATION,
                new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        recovery.run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.RESTORING);
        assertThat(sent).isEmpty();
        assertThat(migrations.find(id)).get().isInstanceOfSatisfying(SourceMigration.class, migration -> {
            assertThat(migration.isCopyLost()).isTrue();
            assertThat(migration.isOverdue()).isFalse();
            assertThat(migration.expectation().firstEvidence()).hasSize(9);
            assertThatThrownBy(new MigrationBean(migration, runner)::cancel).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("beta may hold the only copy");
        });
    }

    @Test
    void aSourceThatWasCutOffJustBeforeItHadJournalledRestoringWaitsToo() {
        UUID id = unfinished("gone", Stage.TRANSFERRING);
        journal.remember(id, Facts.HELD_EXPECTATION,
                new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        recovery.run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.RESTORING);
        assertThat(sent).isEmpty();
    }

    @Test
    void aContainerThatHasGoneOnHereIsNotCommittedAfterItEnded() {
        UUID id = unfinished("gone", Stage.RESTORING);
        journal.remember(id, Facts.HELD_EXPECTATION,
                new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        new Cleanup(platform).forbidCommit(id);
        recovery.run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.ABORT);
    }

    @Test
    void aSourceWhoseCopyIsThereRollsBackWhateverTheDestinationHolds() {
        UUID id = unfinished("web", Stage.RESTORING);
        journal.remember(id, Facts.HELD_EXPECTATION,
                new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        recovery.run();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
    }

    @Test
    void aReportSaysThatTheContainerIsNowhereIfItIs() {
        UUID id = unfinished("gone", Stage.SYNCING);
        recovery.run();
        assertThat(journal.find(id).orElseThrow().reason()).isEqualTo(
                "the agent of alpha was restarted while syncing; but gone does not run at alpha: it is absent");
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
