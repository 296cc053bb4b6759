package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.HeldRestore.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldRestoreTest {

    @TempDir
    Path directory;

    private final FakeRuntime runtime = new FakeRuntime();
    private HeldRestore restore;

    @BeforeEach
    void rediscover() {
        restore = HeldRestore.rediscover(runtime, "box", directory);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(directory.resolve(file), text);
    }

    @Test
    void resumedMeansRunning() throws Exception {
        write("resumed", "");
        assertThat(restore.outcome()).isEqualTo(Outcome.RUNNING);
    }

    @Test
    void theRestoresExitStatusDecides() throws Exception {
        write("exit", "0\n");
        assertThat(restore.outcome()).isEqualTo(Outcome.RUNNING);
        write("exit", "1\n");
        assertThat(restore.outcome()).isEqualTo(Outcome.GONE);
    }

    @Test
    void aHalfWrittenStatusDecidesNothing() throws Exception {
        write("exit", "1");
        assertThat(restore.outcome()).isEqualTo(Outcome.PENDING);
    }

    @Test
    void aKilledRestoreLeavesTheAnswerToTheRuntime() throws Exception {
        write("launcher", ProcessHandle.current().pid() + "\n");
        assertThat(restore.outcome()).as("it may run or hang").isEqualTo(Outcome.PENDING);
        runtime.status = Status.STOPPED;
        assertThat(restore.outcome()).isEqualTo(Outcome.GONE);
        runtime.status = Status.ABSENT;
        assertThat(restore.outcome()).isEqualTo(Outcome.GONE);
    }

    @Test
    void patienceEnds() {
        assertThat(restore.awaitOutcome(Duration.ofMillis(30))).isEqualTo(Outcome.PENDING);
    }

    @Test
    void abandoningClosesAndRemovesAndMayBeRepeated() throws Exception {
        write("exit", "1\n");
        restore.abandon(Duration.ofSeconds(1));
        restore.abandon(Duration.ofSeconds(1));
        assertThat(restore.gate().decision()).isEqualTo(CommitGate.Decision.CLOSED);
        assertThat(runtime.told).containsExactly("remove box", "remove box");
    }

    @Test
    void whatWasReleasedIsNotAbandoned() {
        restore.gate().open();
        assertThatThrownBy(() -> restore.abandon(Duration.ofSeconds(1))).isInstanceOf(IllegalStateException.class);
        assertThat(runtime.told).isEmpty();
    }
}
