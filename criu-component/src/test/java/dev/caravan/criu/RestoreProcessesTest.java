package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With processes that stand for runc and CRIU on their way to the gate. */
class RestoreProcessesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path root;

    private final List<Process> started = new ArrayList<>();
    private CommitGate gate;
    private RestoreProcesses restore;
    private BoundedLog log;

    @BeforeEach
    void prepare() throws Exception {
        gate = new CommitGate(root.resolve("gate"));
        gate.install();
        Path work = Files.createDirectory(root.resolve("work")).toRealPath();
        Files.writeString(gate.file("work"), work.toString());
        restore = new RestoreProcesses(root, "box", gate);
        restore.announce();
        log = new BoundedLog(work.resolve("restore.log"));
    }

    @AfterEach
    void end() {
        started.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    private Process start(String script) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", script);
        builder.environment().put(OperationProcesses.RESTORE_OF, OperationProcesses.value(root, "box"));
        started.add(builder.start());
        return started.get(started.size() - 1);
    }

    private String awaitGate(Duration patience) {
        return new RestoreWatch(restore, log, patience, () -> true).awaitGate();
    }

    @Test
    void oneOnItsWayIsKilledAtOnceWithWhatItHasStarted() throws Exception {
        Process criu = start("env -i setsid sleep 600 & wait");
        Awaitility.await().atMost(PATIENCE).until(() -> criu.descendants().count() == 1);
        ProcessHandle task = criu.descendants().findFirst().orElseThrow();
        assertThat(RestoreProcesses.noted(root, "box").orElseThrow().underWay()).isTrue();
        restore.end();
        assertThat(criu.waitFor(10, TimeUnit.SECONDS)).isTrue();
        Awaitility.await().atMost(PATIENCE).until(() -> !task.isAlive());
        assertThat(gate.decision()).isEqualTo(CommitGate.Decision.CLOSED);
        assertThat(restore.underWay()).isFalse();
    }

    @Test
    void oneThatIsHeldHearsOfTheDecisionAndTidiesUp() throws Exception {
        Process launcher = start(gate.file("launch.sh") + " sh -c 'CRTOOLS_SCRIPT_ACTION=post-restore "
                + gate.script() + "; echo tidied >" + root.resolve("tidied") + "; exit 1'");
        Awaitility.await().atMost(PATIENCE).until(gate::held);
        restore.end();
        assertThat(root.resolve("tidied")).exists();
        assertThat(launcher.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(gate.exit()).hasValue(1);
    }

    @Test
    void oneThatGetsOnIsWaitedForHoweverLongItTakes() throws Exception {
        CompletableFuture<String> waiting = CompletableFuture.supplyAsync(() -> awaitGate(Duration.ofMillis(1500)));
        Process criu = start("while :; do :; done");
        Awaitility.await().atMost(PATIENCE)
                .until(() -> criu.info().totalCpuDuration().orElse(Duration.ZERO).toSeconds() >= 3);
        assertThat(waiting).as("it computes").isNotDone();
        Files.writeString(gate.file("held"), "1");
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isNull();
    }

    @Test
    void oneThatStandsStillIsGivenUp() throws Exception {
        start("sleep 600");
        assertThat(awaitGate(Duration.ofMillis(1500))).contains("did not get on for 1 s");
    }

    @Test
    void aGateThatIsClosedMeanwhileEndsTheWait() {
        CompletableFuture<String> waiting = CompletableFuture.supplyAsync(() -> awaitGate(PATIENCE));
        gate.close();
        assertThat(waiting.join()).isEqualTo("It was given up");
    }

    @Test
    void ofALongLogTheEndIsKept() throws Exception {
        Process criu = start("exec >>" + log.path() + "; while :; do echo '(1) a line of the log'; done");
        Awaitility.await().atMost(PATIENCE).until(() -> {
            log.cut();
            return Files.exists(log.earlier());
        });
        criu.destroyForcibly().waitFor();
        log.cut();
        Files.writeString(log.path(), "Error (criu/x.c:1): the cause\n", StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        assertThat(Files.size(log.path())).isLessThanOrEqualTo(BoundedLog.MAX_BYTES);
        assertThat(log.earlier()).content().startsWith("(1) a line");
        assertThat(FailureLog.read(log, root.resolve("none")).cause("")).isEqualTo("CRIU says: the cause");
    }
}
