package dev.caravan.criu;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.caravan.fuzz.Parser;
import dev.caravan.fuzz.Parsers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** What runc and CRIU write of a container, which chooses the names of its files and processes. */
class CriuFuzzTest {
    private static final long SMALL = 512 * 1024;
    /** Every rule looks at every line of a log's errors. */
    private static final long LOG = 4 << 20;
    private static final Parsers PARSERS = Parsers.of(
            Parser.of('s', null, SMALL, 200, CriuFuzzTest::state)
                    .from(Parsers.text("""
                                       {"init_process_pid":42,"cgroup_paths":{"freezer":"/sys/fs/cgroup/freezer/box"},\
                                       "config":{"labels":["a=b","bundle=/srv/box"]}}""")),
            Parser.of('o', CannotControl.class, SMALL, 200,
                    bytes -> StateReport.parse("box", new String(bytes, StandardCharsets.UTF_8)))
                    .from(Parsers.text("{\"status\":\"running\",\"pid\":42,\"bundle\":\"/srv/box\"}")),
            Parser.of('c', null, LOG, 128, bytes -> log(bytes, new byte[0])).from(Parsers.text(
                    "(00.012345) Dumping task 7",
                    "(00.012346) Error (criu/files.c:1): Can't dump file 4 of that type [600] (chr 10:200 /dev/x)",
                    "(00.012347) mnt: 12:/a  b unreachable sharing")),
            Parser.of('r', null, LOG, 128, bytes -> log(new byte[0], bytes)).from(Parsers.text(
                    "{\"level\":\"error\",\"msg\":\"no \\\"such\\\" thing\\n\",\"time\":\"2026-11-01T00:00:00Z\"}")));

    @TempDir
    private static Path directory;

    static Stream<byte[]> examples() {
        return PARSERS.examples();
    }

    @Test
    void examplesAreTaken() throws Exception {
        PARSERS.takeTheirExamples();
    }

    @Timeout(20)
    @MethodSource("examples")
    @FuzzTest
    void anythingIsTakenOrRefused(byte[] input) throws Exception {
        PARSERS.takeOrRefuse(input);
    }

    private static void state(byte[] json) {
        RuncState.parse(json).ifPresent(state -> Parser.require(
                state.pid() > 1 && state.freezer().isAbsolute(), "a state of no container was taken"));
    }

    private static void log(byte[] criu, byte[] runc) throws IOException {
        FailureLog log = FailureLog.read(new BoundedLog(Files.write(directory.resolve("criu.log"), criu)),
                Files.write(directory.resolve("runc.log"), runc));
        Parser.require(!log.cause("unknown").isEmpty(), "a failure without a cause");
        Parser.require(log.excerpt().tail().length() <= criu.length + runc.length, "more text than there is");
    }
}
