package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.caravan.criu.CommitGate.Decision;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommitGateTest {

    @TempDir
    Path directory;

    private CommitGate gate;

    @BeforeEach
    void install() {
        gate = new CommitGate(directory.resolve("gate"));
        gate.install();
    }

    private Process call(String action) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(gate.script().toString());
        builder.environment().put("CRTOOLS_SCRIPT_ACTION", action);
        return builder.redirectErrorStream(true).redirectOutput(Redirect.DISCARD).start();
    }

    private Process arrive() throws Exception {
        Process script = call("post-restore");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(gate::held);
        return script;
    }

    private static int end(Process script) throws Exception {
        assertThat(script.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return script.exitValue();
    }

    @Test
    void itHoldsUntilOpened() throws Exception {
        Process script = arrive();
        assertThat(script.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(gate.decision()).isEqualTo(Decision.WAITING);
        gate.open();
        assertThat(end(script)).isZero();
        assertThat(gate.decision()).isEqualTo(Decision.OPENED);
    }

    @Test
    void closedItFailsTheRestore() throws Exception {
        Process script = arrive();
        gate.close();
        assertThat(end(script)).isOne();
    }

    @Test
    void decidedBeforeTheContainerArrivesItDoesNotHold() throws Exception {
        gate.open();
        assertThat(end(call("post-restore"))).isZero();
    }

    @Test
    void itCostsNothingWhileItWaits() throws Exception {
        Process script = arrive();
        script.waitFor(500, TimeUnit.MILLISECONDS);
        Duration before = script.info().totalCpuDuration().orElseThrow();
        script.waitFor(1, TimeUnit.SECONDS);
        assertThat(script.info().totalCpuDuration().orElseThrow()).isEqualTo(before);
        assertThat(script.descendants()).isEmpty();
        gate.open();
        end(script);
    }

    @Test
    void neitherASignalNorAFalseAlarmEndsTheWait() throws Exception {
        Process script = arrive();
        script.destroy();
        Files.writeString(gate.file("wake"), "\n\n\n");
        assertThat(script.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
        gate.close();
        assertThat(end(script)).isOne();
    }

    @Test
    void withoutItsPipeItHoldsAllTheSame() throws Exception {
        Files.delete(gate.file("wake"));
        Process script = arrive();
        assertThat(script.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
        gate.open();
        assertThat(end(script)).isZero();
    }

    @Test
    void otherStepsOfCriuPass() throws Exception {
        assertThat(end(call("pre-restore"))).isZero();
        assertThat(gate.resumed()).isFalse();
        assertThat(end(call("network-unlock"))).isZero();
        assertThat(gate.held()).isFalse();
        assertThat(end(call("post-resume"))).isZero();
        assertThat(gate.resumed()).isTrue();
    }

    @Test
    void decidingAgainTheSameWayChangesNothing() {
        gate.open();
        gate.open();
        assertThat(gate.decision()).isEqualTo(Decision.OPENED);
    }

    @Test
    void anOpenGateCannotBeClosedNorAClosedOneOpened() {
        gate.open();
        assertThatThrownBy(gate::close).isInstanceOf(IllegalStateException.class).hasMessageContaining("OPENED");
        CommitGate other = new CommitGate(directory.resolve("other"));
        other.close();
        assertThatThrownBy(other::open).isInstanceOf(IllegalStateException.class).hasMessageContaining("CLOSED");
        assertThat(other.decision()).isEqualTo(Decision.CLOSED);
    }

    @Test
    void ofTwoThatDecideAtOnceOneWins() throws Exception {
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 50; round++) {
                CommitGate contested = new CommitGate(directory.resolve("contested-" + round));
                CyclicBarrier start = new CyclicBarrier(2);
                Future<Boolean> opened = two.submit(() -> wins(start, contested::open));
                Future<Boolean> closed = two.submit(() -> wins(start, contested::close));
                assertThat(opened.get() ^ closed.get()).isTrue();
                assertThat(contested.decision()).isEqualTo(opened.get() ? Decision.OPENED : Decision.CLOSED);
                try (var files = Files.list(directory)) {
                    assertThat(files).as("drafts").noneMatch(file -> file.getFileName().toString()
                            .matches("contested-\\d+\\..*"));
                }
            }
        } finally {
            two.shutdown();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"size=64k", "nr_inodes=32"})
    void itIsDecidedAndToldOnAFileSystemThatIsFull(String limit) throws Exception {
        assumeThat(ProcessHandle.current().info().user()).hasValue("root");
        Path full = Files.createDirectory(directory.resolve("full"));
        TestContainer.run("mount", "-t", "tmpfs", "-o", "size=4m," + limit, "none", full.toString());
        try {
            List<CommitGate> gates = List.of(new CommitGate(full.resolve("a")), new CommitGate(full.resolve("b")));
            gates.forEach(CommitGate::install);
            fill(full);
            for (CommitGate each : gates) {
                gate = each;
                Process script = arrive();
                Decision wanted = each == gates.get(0) ? Decision.OPENED : Decision.CLOSED;
                if (wanted == Decision.OPENED) {
                    each.open();
                } else {
                    each.close();
                }
                assertThat(end(script)).isEqualTo(wanted == Decision.OPENED ? 0 : 1);
                assertThat(each.decision()).isEqualTo(wanted);
                assertThat(end(call("post-resume"))).isZero();
                assertThat(each.resumed()).isTrue();
                end(new ProcessBuilder(each.file("launch.sh").toString(), "false").start());
                assertThat(each.exit()).hasValue(1);
            }
        } finally {
            TestContainer.run("umount", full.toString());
        }
    }

    /** Until there is neither a byte nor an inode left, whichever the limit is on. */
    private static void fill(Path tmpfs) throws IOException {
        assertThatThrownBy(() -> {
            try (OutputStream filling = Files.newOutputStream(tmpfs.resolve("filling"))) {
                for (int i = 0; i < 4096; i++) {
                    filling.write(new byte[4096]);
                }
            }
        }).isInstanceOf(IOException.class);
        try {
            for (int i = 0; i < 100; i++) {
                Files.createFile(tmpfs.resolve("file-" + i));
            }
        } catch (FileSystemException e) {
            // no inode is left
        }
        assertThatThrownBy(() -> Files.writeString(tmpfs.resolve("more"), "more")).isInstanceOf(IOException.class);
    }

    @Test
    void aGateThatWasPartlyDeletedCanOnlyBeClosed() throws Exception {
        Files.delete(gate.file("undecided"));
        assertThatThrownBy(gate::open).isInstanceOf(IllegalStateException.class);
        gate.close();
        gate.close();
        assertThat(gate.decision()).isEqualTo(Decision.CLOSED);
    }

    @Test
    void aScriptThatIsKilledFailsTheRestoreWhateverWasDecided() throws Exception {
        Process script = arrive();
        script.destroyForcibly();
        assertThat(end(script)).isEqualTo(128 + 9);
        gate.open();
        assertThat(gate.resumed()).isFalse();
    }

    private static boolean wins(CyclicBarrier start, Runnable decision) throws Exception {
        start.await();
        try {
            decision.run();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    @Test
    void onlyItsOwnerGetsAtIt() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(gate.directory())))
                .isEqualTo("rwx------");
    }

    @Test
    void aPathThatCriuCannotReadIsRefused() {
        assertThatThrownBy(() -> new CommitGate(directory.resolve("two words")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CommitGate(directory.resolve("a#b"))).isInstanceOf(IllegalArgumentException.class);
    }
}
