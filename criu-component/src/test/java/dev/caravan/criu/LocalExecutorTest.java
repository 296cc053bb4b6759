package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LocalExecutorTest {

    private static final Duration SECONDS = Duration.ofSeconds(10);

    private final LocalExecutor executor = new LocalExecutor();

    @Test
    void exitStatusAndBothStreamsAreKept() throws Exception {
        assertThat(executor.run(Command.of(SECONDS, "sh", "-c", "echo out; echo err >&2; exit 3")))
                .isEqualTo(new CommandOutcome(3, "out\n", "err\n"));
    }

    @Test
    void ofLongOutputTheEndIsKept() throws Exception {
        Command command = new Command(List.of("sh", "-c", "seq 1 100000; echo last"), Map.of(), SECONDS, 100);
        String output = executor.run(command).output();
        assertThat(output).hasSize(100).endsWith("100000\nlast\n");
    }

    @Test
    void whatTakesTooLongIsKilled() {
        Command command = Command.of(Duration.ofMillis(100), "sleep", "30");
        assertThatThrownBy(() -> executor.run(command)).isInstanceOf(TimeoutException.class)
                .hasMessageStartingWith("sleep did not end");
    }

    @Test
    void whatItHasStartedIsKilledWithIt(@TempDir Path directory) throws Exception {
        Path pid = directory.resolve("pid");
        Command command = Command.of(Duration.ofMillis(500), "sh", "-c", "sleep 30 & echo $! >" + pid + "; wait");
        assertThatThrownBy(() -> executor.run(command)).isInstanceOf(TimeoutException.class);
        long started = Long.parseLong(Files.readString(pid).strip());
        Awaitility.await().atMost(SECONDS)
                .until(() -> ProcessHandle.of(started).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    @Timeout(30)
    void aGrandchildThatKeepsTheStreamsOpenDoesNotHoldItUp() throws Exception {
        CommandOutcome outcome = executor.run(Command.of(SECONDS, "sh", "-c", "sleep 60 & echo $!"));
        ProcessHandle grandchild = ProcessHandle.of(Long.parseLong(outcome.output().strip())).orElseThrow();
        assertThat(grandchild.isAlive()).isTrue();
        grandchild.destroy();
    }

    @Test
    void whatIsLargerThanAPipeIsReadAndPrintedWhole() throws Exception {
        String input = "0123456789abcde\n".repeat(100_000);
        Command command = new Command(List.of("cat"), Map.of(), SECONDS, input.length());
        assertThat(executor.run(command.withInput(input)).output()).isEqualTo(input);
    }

    @Test
    void aProgramThatDoesNotReadItsInputEndsAsItDoesWithout() throws Exception {
        Command command = Command.of(SECONDS, "sh", "-c", "exec <&-; echo done; exit 3");
        assertThat(executor.run(command.withInput("x".repeat(1 << 20)))).isEqualTo(new CommandOutcome(3, "done\n", ""));
    }

    @Test
    void environmentIsAddedAndInputIsEmpty() throws Exception {
        Command command = new Command(List.of("sh", "-c", "cat; echo $WORD"), Map.of("WORD", "here"), SECONDS, 100);
        assertThat(executor.run(command).output()).isEqualTo("here\n");
    }

    @Test
    void anUnknownProgramIsAnIoException() {
        assertThatThrownBy(() -> executor.run(Command.of(SECONDS, "no-such-program-here")))
                .isInstanceOf(IOException.class);
    }
}
