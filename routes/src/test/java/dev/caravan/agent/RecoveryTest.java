package dev.caravan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.Migrations;
import dev.caravan.routes.StageRunner;
import dev.caravan.stage.Platform;
import dev.caravan.stage.RollBack;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
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
    private Recovery recovery;

    @BeforeEach
    void open() {
        journal = new Journal(directory.resolve("journal.db"));
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> {
                    if (arguments[0].equals("cursed")) {
                        throw new IllegalStateException("runc cannot tell its state");
                    }
                    return new ContainerState("web", Status.ABSENT, 0, null);
                });
        Platform platform = new Platform("alpha", directory, directory, null, "/test", new Migrations(journal),
                runtime, null, null, new Collecting(), null, null);
        recovery = new Recovery(platform, new StageRunner(platform, new RollBack(platform), null));
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
        UUID cursed = unfinished("cursed", Stage.SYNCING);
        UUID other = unfinished("web", Stage.SYNCING);
        recovery.run();
        assertThat(journal.find(cursed).orElseThrow().stage().isFinal()).isFalse();
        assertThat(journal.find(other).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
    }

    private UUID unfinished(String container, Stage stage) {
        UUID id = UUID.randomUUID();
        journal.open(id, Role.SOURCE, container, "alpha", "beta");
        journal.enter(id, stage, "");
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
