package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.HeldRestore.Outcome;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The JVM that asked for it is killed by force; what it started goes on, and another JVM takes over. */
@ExtendWith(RealHost.class)
class CallerKilledIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    static Path programs;

    @TempDir(cleanup = CleanupMode.NEVER)
    Path directory;

    private TestContainer source;
    private TestContainer destination;

    /** The other JVM: {@code checkpoint|restore host source-host}. */
    public static void main(String[] arguments) throws Exception {
        TestContainer here = new TestContainer(Path.of(arguments[1]), "box");
        if (arguments[0].equals("checkpoint")) {
            here.runtime.checkpoint(here.checkpointSpec());
        } else {
            here.runtime.restore(here.restoreSpec(new TestContainer(Path.of(arguments[2]), "box")));
        }
        Thread.currentThread().join();
    }

    @BeforeEach
    void prepare() throws Exception {
        source = new TestContainer(Files.createDirectory(directory.resolve("alpha")), "box");
        destination = new TestContainer(Files.createDirectory(directory.resolve("beta")), "box");
        Files.copy(RealHost.compile("workload", programs), source.rootfs().resolve("workload"));
        source.configure(config -> {
        }, "/workload", "threads");
        source.start();
        source.awaitProgress();
        source.runtime.pause(source.id);
    }

    @AfterEach
    void clear() throws Exception {
        TestContainer.clear(directory, source, destination);
    }

    private static Process otherJvm(String operation, TestContainer... hosts) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "-cp", System.getProperty("java.class.path"), CallerKilledIT.class.getName(), operation));
        List.of(hosts).forEach(host -> command.add(host.host.toString()));
        return new ProcessBuilder(command).redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD).start();
    }

    private static void kill(Process jvm) throws Exception {
        jvm.destroyForcibly();
        assertThat(jvm.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    private HeldRestore restoredByAJvmThatWasKilled() throws Exception {
        source.runtime.checkpoint(source.checkpointSpec());
        destination.inherit(source);
        Process jvm = otherJvm("restore", destination, source);
        HeldRestore restore = HeldRestore.rediscover(destination.runtime, destination.id,
                destination.host.resolve("gate"));
        Awaitility.await().atMost(SOON).until(restore.gate()::held);
        kill(jvm);
        return restore;
    }

    @Test
    void aHeldRestoreIsFoundAgainAndReleased() throws Exception {
        HeldRestore restore = restoredByAJvmThatWasKilled();
        String frozen = source.file("progress");
        assertThat(restore.awaitOutcome(Duration.ofMillis(500))).isEqualTo(Outcome.PENDING);
        assertThat(destination.file("progress")).isEqualTo(frozen);
        source.runtime.remove(source.id);
        restore.gate().open();
        assertThat(restore.awaitOutcome(SOON)).isEqualTo(Outcome.RUNNING);
        destination.awaitProgress();
        assertThat(destination.start(destination.file("progress"))).isEqualTo(source.start(frozen));
    }

    @Test
    void aHeldRestoreIsFoundAgainAndAbandoned() throws Exception {
        HeldRestore restore = restoredByAJvmThatWasKilled();
        restore.abandon();
        assertThat(destination.runtime.state(destination.id).status()).isEqualTo(Status.ABSENT);
        source.runtime.resume(source.id);
        source.awaitProgress();
    }

    @Test
    void aCheckpointGoesOnAndIsWaitedForBeforeTheContainerResumes() throws Exception {
        Process jvm = otherJvm("checkpoint", source);
        Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(1))
                .until(() -> !source.checkpoints().running().isEmpty());
        kill(jvm);
        source.runtime.resume(source.id);
        assertThat(source.checkpoints().running()).isEmpty();
        source.awaitProgress();
    }

    @Test
    void aCriuThatOutlivesItsRuncIsWaitedForBeforeTheContainerResumes() throws Exception {
        Process jvm = otherJvm("checkpoint", source);
        Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(1))
                .until(() -> source.checkpoints().running().size() > 1);
        kill(jvm);
        source.checkpoints().running().stream().filter(CallerKilledIT::isRunc)
                .forEach(ProcessHandle::destroyForcibly);
        source.runtime.resume(source.id);
        assertThat(source.checkpoints().running()).isEmpty();
        source.awaitProgress();
    }

    private static boolean isRunc(ProcessHandle process) {
        return process.info().command().filter(command -> command.endsWith("/runc")).isPresent();
    }

    @Test
    void aRestoreThatWasKilledTooLeavesTheSourceAsTheOnlyCopy() throws Exception {
        HeldRestore restore = restoredByAJvmThatWasKilled();
        long launcher = Long.parseLong(Files.readString(restore.gate().file("launcher")).strip());
        ProcessHandle.of(launcher).orElseThrow().descendants().toList().forEach(ProcessHandle::destroyForcibly);
        ProcessHandle.of(launcher).ifPresent(ProcessHandle::destroyForcibly);
        restore.abandon();
        assertThat(destination.runtime.state(destination.id).status()).isEqualTo(Status.ABSENT);
        assertThat(Mounts.below(destination.host)).isEmpty();
        source.runtime.resume(source.id);
        source.awaitProgress();
    }
}
