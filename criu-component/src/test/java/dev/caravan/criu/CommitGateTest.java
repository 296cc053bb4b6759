package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.criu.CommitGate.Decision;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        assertThat(end(call("network-unlock"))).isZero();
        assertThat(gate.held()).isFalse();
        assertThat(end(call("post-resume"))).isZero();
        assertThat(gate.file("resumed")).exists();
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
                try (var files = Files.list(contested.directory())) {
                    assertThat(files).containsExactly(contested.file("decision"));
                }
            }
        } finally {
            two.shutdown();
        }
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
