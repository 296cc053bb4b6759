package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointProcessesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String COMPUTING = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";

    @TempDir
    Path root;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    private Process start(Path host, String id, String script) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", script);
        builder.environment().put(OperationProcesses.CHECKPOINT_OF, OperationProcesses.value(host, id));
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private List<Long> running(String id) {
        return new CheckpointProcesses(root, id).running().stream().map(ProcessHandle::pid).toList();
    }

    @Test
    void aCheckpointIsKnownByItsEnvironmentAndSoIsWhatItHasStarted() throws Exception {
        Process process = start(root, "box", "sleep 60 & wait");
        start(root, "other", "sleep 60 & wait");
        start(Path.of("/run/y"), "box", "sleep 60 & wait");
        Awaitility.await().atMost(PATIENCE).until(() -> running("box").size() == 2);
        assertThat(running("box")).contains(process.pid());
        assertThat(running("bo")).isEmpty();
    }

    @Test
    void aCriuThatHasWrittenOverItsEnvironmentIsKnownByWhereItWorks() throws Exception {
        Path work = Files.createDirectory(root.resolve("work"));
        Process process = new ProcessBuilder("sleep", "60").directory(work.toFile()).start();
        started.add(process);
        assertThat(running("box")).isEmpty();
        new CheckpointProcesses(root, "box").announce(work);
        Awaitility.await().atMost(PATIENCE).until(() -> running("box").equals(List.of(process.pid())));
        new CheckpointProcesses(root, "box").end(PATIENCE);
        assertThat(process.waitFor()).isEqualTo(128 + 9);
        new CheckpointProcesses(root, "box").forget();
        assertThat(root).isDirectoryNotContaining("glob:**.checkpoint");
    }

    @Test
    void oneThatHangsIsKilledWithWhatItHasStarted() throws Exception {
        Process process = start(root, "box", "sleep 60 & wait");
        Awaitility.await().atMost(PATIENCE).until(() -> running("box").size() == 2);
        new CheckpointProcesses(root, "box").end(PATIENCE);
        assertThat(running("box")).isEmpty();
        assertThat(process.waitFor()).isEqualTo(128 + 9);
    }

    @Test
    void oneThatWorksIsWaitedFor() throws Exception {
        Process process = start(root, "box", COMPUTING);
        new CheckpointProcesses(root, "box").end(PATIENCE);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void oneThatWorksForTooLongIsToldOf() throws Exception {
        start(root, "box", "while :; do :; done");
        Awaitility.await().atMost(PATIENCE).until(() -> !running("box").isEmpty());
        assertThatThrownBy(() -> new CheckpointProcesses(root, "box").end(Duration.ofMillis(100)))
                .isInstanceOf(CannotControl.class).hasMessageContaining("under way and does not end");
    }

    @Test
    void aStoppedProcessIsFoundByItsPidAndName() throws Exception {
        Process process = start(root, "stopped", "kill -STOP $$; echo on");
        Awaitility.await().atMost(PATIENCE)
                .until(() -> StoppedProcesses.among(List.of(1L, process.pid())).isPresent());
        assertThat(StoppedProcesses.among(List.of(process.pid()))).hasValue(process.pid() + " (sh)");
        assertThat(StoppedProcesses.among(List.of(ProcessHandle.current().pid()))).isEmpty();
    }
}
