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
        restore = HeldRestore.rediscover(runtime, "box", directory.resolve("gate"));
        restore.gate().install();
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(restore.gate().file(file), text);
    }

    @Test
    void resumedMeansRunningAsLongAsItLives() throws Exception {
        restore.gate().open();
        write("resumed", "1");
        assertThat(restore.outcome()).isEqualTo(Outcome.RUNNING);
        runtime.status = Status.STOPPED;
        assertThat(restore.outcome()).isEqualTo(Outcome.ENDED);
    }

    @Test
    void aRestoreThatSucceededIsRunningAsLongAsItLives() throws Exception {
        restore.gate().open();
        write("exit", "  0");
        assertThat(restore.outcome()).isEqualTo(Outcome.RUNNING);
        runtime.status = Status.ABSENT;
        assertThat(restore.outcome()).isEqualTo(Outcome.ENDED);
    }

    @Test
    void aFailedRestoreBehindAGateThatWasNotOpenedIsGone() throws Exception {
        runtime.status = Status.ABSENT;
        write("exit", "  1");
        assertThat(restore.outcome()).isEqualTo(Outcome.GONE);
        restore.gate().close();
        assertThat(restore.outcome()).isEqualTo(Outcome.GONE);
    }

    @Test
    void aFailedRestoreMayHaveLetTheProcessesRunBeforeItFailed() throws Exception {
        restore.gate().open();
        write("exit", "  1");
        assertThat(restore.outcome()).as("they live").isEqualTo(Outcome.RUNNING);
        runtime.status = Status.ABSENT;
        assertThat(restore.outcome()).as("they may have").isEqualTo(Outcome.ENDED);
        runtime.restoring = true;
        assertThat(restore.outcome()).as("CRIU outlives its runc").isEqualTo(Outcome.PENDING);
    }

    @Test
    void processesBehindAClosedGateAreStillToBeRemoved() throws Exception {
        write("exit", "  1");
        restore.gate().close();
        assertThat(restore.outcome()).isEqualTo(Outcome.PENDING);
    }

    @Test
    void ofAGateThatIsGoneNobodyCanTellWhetherItWasOpened() {
        runtime.status = Status.ABSENT;
        HeldRestore rebooted = HeldRestore.rediscover(runtime, "box", directory.resolve("no-gate"));
        assertThat(rebooted.outcome()).isEqualTo(Outcome.ENDED);
        assertThat(rebooted.gate().directory()).doesNotExist();
    }

    @Test
    void aHalfWrittenStatusDecidesNothing() throws Exception {
        write("exit", "1--");
        assertThat(restore.outcome()).isEqualTo(Outcome.PENDING);
    }

    @Test
    void aKilledRestoreLeavesTheAnswerToTheRuntime() throws Exception {
        write("launcher", String.format("%10d", ProcessHandle.current().pid()));
        assertThat(restore.outcome()).as("it may run or hang").isEqualTo(Outcome.PENDING);
        runtime.status = Status.STOPPED;
        assertThat(restore.outcome()).isEqualTo(Outcome.GONE);
    }

    @Test
    void patienceEnds() {
        assertThat(restore.awaitOutcome(Duration.ofMillis(30))).isEqualTo(Outcome.PENDING);
    }

    @Test
    void abandoningClosesAndRemovesAndMayBeRepeated() throws Exception {
        write("work", "/w");
        restore.abandon();
        restore.abandon();
        assertThat(restore.gate().decision()).isEqualTo(CommitGate.Decision.CLOSED);
        assertThat(runtime.told).containsExactly("remove box", "remove box");
    }

    @Test
    void abandoningWhatWasNeverStartedLeavesAContainerOfThatNameAlone() {
        restore.abandon();
        assertThat(restore.gate().decision()).isEqualTo(CommitGate.Decision.CLOSED);
        assertThat(runtime.told).isEmpty();
    }

    @Test
    void whatWasReleasedIsNotAbandoned() {
        restore.gate().open();
        assertThatThrownBy(() -> restore.abandon()).isInstanceOf(IllegalStateException.class);
        assertThat(runtime.told).isEmpty();
    }
}
