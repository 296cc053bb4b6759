package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.HeldRestore.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Moves real containers from one runc root to another through the commit gate. */
@ExtendWith(RealHost.class)
class HandOverIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    static Path programs;

    @TempDir(cleanup = CleanupMode.NEVER)
    Path directory;

    private TestContainer source;
    private TestContainer destination;

    @BeforeEach
    void prepare() throws Exception {
        source = new TestContainer(Files.createDirectory(directory.resolve("alpha")), "box");
        destination = new TestContainer(Files.createDirectory(directory.resolve("beta")), "box");
    }

    @AfterEach
    void clear() throws Exception {
        TestContainer.clear(directory, source, destination);
    }

    private void startWorkload(String how) throws Exception {
        Files.copy(RealHost.compile("workload", programs), source.rootfs().resolve("workload"));
        source.configure(config -> {
        }, "/workload", how);
        source.start();
        source.awaitProgress();
    }

    private HeldRestore moveToTheGate() throws Exception {
        source.runtime.pause(source.id);
        source.runtime.checkpoint(source.checkpointSpec());
        destination.inherit(source);
        return destination.runtime.restore(destination.restoreSpec(source));
    }

    @Test
    void aCheckpointLeavesThePausedContainerWholeAndItResumes() throws Exception {
        startWorkload("threads");
        source.runtime.pause(source.id);
        source.runtime.pause(source.id);
        assertThat(source.runtime.state(source.id).status()).isEqualTo(Status.PAUSED);
        source.runtime.checkpoint(source.checkpointSpec());
        assertThat(source.runtime.state(source.id).status()).isEqualTo(Status.PAUSED);
        assertThat(Files.exists(directory.resolve("alpha/image/inventory.img"))).isTrue();
        source.runtime.resume(source.id);
        source.runtime.resume(source.id);
        assertThat(source.runtime.state(source.id).status()).isEqualTo(Status.RUNNING);
        source.awaitProgress();
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "forks", "shared", "deleted"})
    void behindTheOpenGateTheSameProcessesGoOn(String how) throws Exception {
        startWorkload(how);
        HeldRestore restore = moveToTheGate();
        String frozen = source.file("progress");
        assertThat(restore.gate().held()).isTrue();
        assertThat(restore.awaitOutcome(Duration.ofMillis(300))).isEqualTo(Outcome.PENDING);
        assertThat(destination.file("progress")).as("nothing has run").isEqualTo(frozen);

        source.runtime.remove(source.id);
        restore.gate().open();

        assertThat(restore.awaitOutcome(SOON)).isEqualTo(Outcome.RUNNING);
        destination.awaitProgress();
        assertThat(destination.start(destination.file("progress"))).isEqualTo(source.start(frozen));
        assertThat(source.file("progress")).as("the source ran no further").isEqualTo(frozen);
        assertThat(destination.runtime.state(destination.id).status()).isEqualTo(Status.RUNNING);
        assertThat(source.runtime.state(source.id).status()).isEqualTo(Status.ABSENT);
        assertThatThrownBy(() -> restore.gate().close()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void behindTheClosedGateNothingIsLeftAndTheSourceGoesOn() throws Exception {
        startWorkload("forks");
        HeldRestore restore = moveToTheGate();
        String frozen = destination.file("progress");
        restore.gate().close();
        assertThat(restore.awaitOutcome(SOON)).isEqualTo(Outcome.GONE);
        assertThat(destination.file("progress")).isEqualTo(frozen);
        destination.runtime.remove(destination.id);
        assertThat(destination.runtime.state(destination.id).status()).isEqualTo(Status.ABSENT);
        source.runtime.resume(source.id);
        source.awaitProgress();
        assertThat(Files.exists(destination.rootfs().resolve("workload"))).isTrue();
    }

    @Test
    void removingAHeldContainerLeavesItsFilesAlone() throws Exception {
        startWorkload("threads");
        HeldRestore restore = moveToTheGate();
        destination.runtime.remove(destination.id);
        assertThat(restore.awaitOutcome(SOON)).isEqualTo(Outcome.GONE);
        assertThat(destination.runtime.state(destination.id).status()).isEqualTo(Status.ABSENT);
        assertThat(destination.rootfs().resolve("workload")).exists();
        source.runtime.resume(source.id);
        source.awaitProgress();
    }

    @Test
    void aRestoreThatFailsSaysWhyAndLeavesNothing() throws Exception {
        startWorkload("threads");
        source.runtime.pause(source.id);
        source.runtime.checkpoint(source.checkpointSpec());
        destination.inherit(source);
        Files.delete(destination.rootfs().resolve("workload"));
        assertThatThrownBy(() -> destination.runtime.restore(destination.restoreSpec(source)))
                .isInstanceOfSatisfying(CannotRestore.class, failure -> {
                    assertThat(failure.cause())
                            .isEqualTo("The file workload, which the container has open, is missing or different here");
                    assertThat(failure.log().tail()).contains("Error");
                    assertThat(failure.getSuppressed()).isEmpty();
                });
        assertThat(destination.runtime.state(destination.id).status()).isEqualTo(Status.ABSENT);
    }
}
