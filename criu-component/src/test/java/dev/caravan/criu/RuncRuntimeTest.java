package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.criu.ContainerState.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuncRuntimeTest {

    private static final String PAUSED = "{\"status\":\"paused\",\"pid\":7,\"bundle\":\"/b\"}";

    @TempDir
    Path directory;

    private RuncRuntime runtime(FakeExecutor executor) {
        return new RuncRuntime(new RuncConfiguration(Path.of("runc"), directory.resolve("runc"),
                Path.of("/opt/criu/criu")), executor);
    }

    private CheckpointSpec checkpoint() {
        return CheckpointSpec.of("box", directory.resolve("image"), directory.resolve("work"));
    }

    private RestoreSpec restore() {
        return RestoreSpec.of("box", directory.resolve("bundle"), directory.resolve("image"), directory.resolve("work"),
                directory.resolve("gate"));
    }

    private static String operation(Command command) {
        List<String> known = List.of("state", "pause", "resume", "checkpoint", "restore", "delete");
        return command.arguments().stream().filter(known::contains).findFirst().orElse("other");
    }

    @Test
    void stateIsWhatRuncSays() {
        FakeExecutor executor = new FakeExecutor(command -> FakeExecutor.fine(PAUSED));
        assertThat(runtime(executor).state("box"))
                .isEqualTo(new ContainerState("box", Status.PAUSED, 7, Path.of("/b")));
        assertThat(executor.seen.get(0).arguments()).containsExactly("runc", "--root",
                directory.resolve("runc").toString(), "state", "box");
    }

    @Test
    void whatRuncDoesNotKnowIsAbsent() {
        FakeExecutor executor = new FakeExecutor(command -> FakeExecutor.failed("container does not exist"));
        assertThat(runtime(executor).state("box").status()).isEqualTo(Status.ABSENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"status\":\"odd\"}", "not json"})
    void anAnswerThatMakesNoSenseIsAFault(String answer) {
        FakeExecutor executor = new FakeExecutor(command -> FakeExecutor.fine(answer));
        assertThatThrownBy(() -> runtime(executor).state("box")).isInstanceOf(CannotControl.class);
    }

    @Test
    void aRuncThatFailsHangsOrIsMissingIsAFault() {
        assertThatThrownBy(() -> runtime(new FakeExecutor(command -> FakeExecutor.failed("boom"))).state("box"))
                .isInstanceOf(CannotControl.class).hasMessageContaining("boom");
        assertThatThrownBy(() -> runtime(new FakeExecutor(command -> {
            throw new TimeoutException("runc did not end within 30 s");
        })).state("box")).isInstanceOf(CannotControl.class).hasMessageContaining("within 30 s");
        assertThatThrownBy(() -> runtime(new FakeExecutor(command -> {
            throw new IOException("no such program");
        })).state("box")).isInstanceOf(CannotControl.class).hasMessageContaining("no such program");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "a b", "-\n", "a;b"})
    void onlyNamesAreTaken(String id) {
        assertThatThrownBy(() -> runtime(new FakeExecutor(command -> FakeExecutor.fine(""))).remove(id))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void withoutAStateFileRuncPausesAndResumes() {
        FakeExecutor executor = new FakeExecutor(command -> FakeExecutor.fine(PAUSED));
        runtime(executor).pause("box");
        runtime(executor).resume("box");
        assertThat(executor.seen).extracting(RuncRuntimeTest::operation).containsExactly("pause", "state", "resume");
    }

    @Test
    void aRefusalIsToldInOneSentence() {
        FakeExecutor executor = new FakeExecutor(command -> FakeExecutor.failed("container not running"));
        assertThatThrownBy(() -> runtime(executor).pause("box"))
                .isInstanceOfSatisfying(CannotControl.class, fault -> {
                    assertThat(fault.cause()).isEqualTo("It does not run");
                    assertThat(fault.log().tail()).isEqualTo("container not running");
                }).hasMessage("Cannot control container box: It does not run");
    }

    @Test
    void aCheckpointLeavesTheContainerAndTellsCriuByItsEnvironment() throws Exception {
        FakeExecutor executor = new FakeExecutor(command -> FakeExecutor.fine(PAUSED));
        runtime(executor).checkpoint(checkpoint().withNetworkLock(NetworkLock.SKIP).withGhostLimit(77));
        Command command = executor.seen.get(executor.seen.size() - 1);
        assertThat(command.arguments()).containsSubsequence("--log", "checkpoint", "--leave-running",
                "--tcp-established", "--file-locks", "--manage-cgroups-mode", "soft", "--image-path",
                directory.resolve("image").toString(), "--work-path", directory.resolve("work").toString(), "box");
        assertThat(command.environment().get("PATH")).startsWith("/opt/criu:");
        assertThat(Path.of(command.environment().get("CRIU_CONFIG_FILE")))
                .content().isEqualTo("network-lock skip\nghost-limit 77\n");
        assertThat(command.captured()).as("a pipe would break with this JVM").isZero();
    }

    @Test
    void onlyAPausedContainerIsCheckpointed() {
        FakeExecutor executor = new FakeExecutor(command -> FakeExecutor.fine(PAUSED.replace("paused", "running")));
        assertThatThrownBy(() -> runtime(executor).checkpoint(checkpoint())).isInstanceOf(CannotCheckpoint.class)
                .hasMessageContaining("not paused");
        assertThat(executor.seen).hasSize(1);
    }

    @Test
    void aFailedCheckpointSaysWhyAndKeepsTheLog() {
        FakeExecutor executor = new FakeExecutor(command -> {
            if (operation(command).equals("state")) {
                return FakeExecutor.fine(PAUSED);
            }
            Files.writeString(directory.resolve("work/dump.log"),
                    "(00.1) Error (criu/files-ext.c:94): Can't dump file 3 of that type [20666] (chr 10:229)\n");
            return FakeExecutor.failed("");
        });
        assertThatThrownBy(() -> runtime(executor).checkpoint(checkpoint()))
                .isInstanceOfSatisfying(CannotCheckpoint.class, fault -> {
                    assertThat(fault.cause()).contains("device chr 10:229");
                    assertThat(fault.log().path()).isEqualTo(directory.resolve("work/dump.log"));
                    assertThat(fault.log().tail()).contains("files-ext.c");
                });
    }

    @Test
    void aRestoreIsStartedApartFromThisJvmAndReturnsAtTheGate() throws Exception {
        FakeExecutor executor = new FakeExecutor(command -> {
            Files.writeString(directory.resolve("gate/held"), "1");
            return FakeExecutor.fine("");
        });
        HeldRestore restore = runtime(executor).restore(restore());
        assertThat(restore.gate().held()).isTrue();
        Command command = executor.seen.get(0);
        assertThat(command.arguments()).startsWith("setsid", "--fork", directory.resolve("gate/launch.sh").toString(),
                "runc").containsSubsequence("restore", "--detach", "--tcp-established", "--file-locks",
                        "--manage-cgroups-mode", "soft", "--bundle", directory.resolve("bundle").toString(), "box");
        assertThat(Path.of(command.environment().get("CRIU_CONFIG_FILE"))).content()
                .isEqualTo("action-script " + directory.resolve("gate/gate.sh") + "\n");
    }

    @Test
    void aRestoreThatEndsBeforeTheGateIsClearedAway() {
        FakeExecutor executor = new FakeExecutor(command -> {
            if (command.program().equals("setsid")) {
                Files.writeString(directory.resolve("work/runc-restore.log"),
                        "{\"level\":\"error\",\"msg\":\"container with given ID already exists\"}\n");
                Files.writeString(directory.resolve("gate/exit"), "  1");
                return FakeExecutor.fine("");
            }
            return FakeExecutor.failed("container does not exist");
        });
        assertThatThrownBy(() -> runtime(executor).restore(restore())).isInstanceOf(CannotRestore.class)
                .hasMessageContaining("A container of this name exists here already").hasNoSuppressedExceptions();
        assertThat(new CommitGate(directory.resolve("gate")).decision()).isEqualTo(CommitGate.Decision.CLOSED);
        assertThat(executor.seen).extracting(RuncRuntimeTest::operation).contains("delete");
    }

    @Test
    void aRestoreThatStandsStillIsGivenUp() {
        assertThatThrownBy(() -> runtime(launchingNothing()).restore(restore(Duration.ofMillis(50), () -> true)))
                .isInstanceOf(CannotRestore.class).hasMessageContaining("did not get on for 0 s");
    }

    @Test
    void aRestoreThatIsNotWantedAnyMoreIsGivenUpAtOnce() {
        assertThatThrownBy(() -> runtime(launchingNothing()).restore(restore(Duration.ofDays(1), () -> false)))
                .isInstanceOf(CannotRestore.class).hasMessageContaining("It was given up");
        assertThat(new CommitGate(directory.resolve("gate")).decision()).isEqualTo(CommitGate.Decision.CLOSED);
    }

    private static FakeExecutor launchingNothing() {
        return new FakeExecutor(command -> command.program().equals("setsid")
                ? FakeExecutor.fine("")
                : FakeExecutor.failed("container does not exist"));
    }

    private RestoreSpec restore(Duration patience, BooleanSupplier wanted) {
        RestoreSpec spec = restore();
        return new RestoreSpec(spec.id(), spec.bundle(), spec.imageDirectory(), spec.workDirectory(),
                spec.gateDirectory(), patience, wanted);
    }

    @Test
    void aGateServesOneRestore() {
        new CommitGate(directory.resolve("gate")).close();
        assertThatThrownBy(() -> runtime(new FakeExecutor(command -> FakeExecutor.fine(""))).restore(restore()))
                .isInstanceOf(CannotRestore.class).hasMessageContaining("has served another restore");
    }

    @Test
    void aContainerThatIsHereAlreadyIsLeftAlone() throws Exception {
        Files.createDirectories(directory.resolve("runc/box"));
        FakeExecutor executor = new FakeExecutor(command -> FakeExecutor.fine(""));
        assertThatThrownBy(() -> runtime(executor).restore(restore())).isInstanceOf(CannotRestore.class)
                .hasMessageContaining("exists here already");
        assertThat(executor.seen).isEmpty();
    }

    @Test
    void removingWhatIsAbsentDoesNothing() {
        runtime(new FakeExecutor(command -> FakeExecutor.failed("container does not exist"))).remove("box");
    }

    @Test
    void whatCannotBeRemovedIsToldOf() {
        FakeExecutor executor = new FakeExecutor(
                command -> operation(command).equals("state") ? FakeExecutor.fine(PAUSED) : FakeExecutor.fine(""));
        assertThatThrownBy(() -> runtime(executor).remove("box")).isInstanceOf(CannotControl.class)
                .hasMessageContaining("still there");
    }

    @Test
    void criuMustHaveTheNameThatRuncLooksFor() {
        assertThatThrownBy(() -> new RuncConfiguration(Path.of("runc"), directory, Path.of("/opt/criu-4.2")))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("symbolic link");
    }
}
