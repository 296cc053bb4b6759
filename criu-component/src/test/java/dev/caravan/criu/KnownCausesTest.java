package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KnownCausesTest {

    @TempDir
    Path directory;

    static Stream<Arguments> causes() throws Exception {
        List<Arguments> pairs = new ArrayList<>();
        String line = null;
        for (String read : Files
                .readAllLines(Path.of(KnownCausesTest.class.getResource("causes.txt").toURI()))) {
            if (read.startsWith("> ")) {
                pairs.add(Arguments.of(line, read.substring(2)));
            } else {
                line = read;
            }
        }
        return pairs.stream();
    }

    @ParameterizedTest
    @MethodSource("causes")
    void aMessageIsToldInOneSentence(String line, String sentence) {
        assertThat(KnownCauses.in(List.of(line))).contains(sentence);
    }

    @Test
    void whatLiesDeepestGoesBeforeWhatFollowsFromIt() {
        assertThat(KnownCauses.in(List.of("Error (a): Can't get 1:16 opt", "Error (b): No space left on device")))
                .hasValueSatisfying(cause -> assertThat(cause).startsWith("No space"));
    }

    @Test
    void anUnknownMessageIsQuoted() throws Exception {
        Path criu = Files.writeString(directory.resolve("dump.log"),
                """
                (00.0) Error (criu/cr-dump.c:1): Can't setup RLIMIT_NOFILE for self
                (00.1) Warn  (criu/x.c:2): nothing to see
                (00.2) Error (criu/strange.c:7): Something strange
                (00.3) Error (criu/cr-dump.c:1975): Dumping FAILED.
                """);
        FailureLog log = FailureLog.read(new BoundedLog(criu), directory.resolve("none"));
        assertThat(log.cause("otherwise")).isEqualTo("CRIU says: Something strange");
        assertThat(log.excerpt().path()).isEqualTo(criu);
        assertThat(log.excerpt().tail()).contains("Something strange").contains("nothing to see");
    }

    @Test
    void runcIsQuotedIfCriuNeverStarted() throws Exception {
        Path runc = Files.writeString(directory.resolve("runc.log"),
                "{\"level\":\"error\",\"msg\":\"no \\\"such\\\" thing\\nat all\",\"time\":\"2026\"}\n");
        FailureLog log = FailureLog.read(new BoundedLog(directory.resolve("none")), runc);
        assertThat(log.cause("otherwise")).isEqualTo("runc says: no \"such\" thing at all");
        assertThat(log.excerpt().path()).isEqualTo(runc);
    }

    @Test
    void withoutLogsTheCallerSpeaks() {
        FailureLog log = FailureLog.read(new BoundedLog(directory.resolve("none")), directory.resolve("neither"));
        assertThat(log.cause("otherwise")).isEqualTo("otherwise");
        assertThat(log.excerpt().tail()).isEmpty();
    }

    @Test
    void aMessageOfAnyLengthIsQuotedByItsBeginning() throws Exception {
        Path runc = Files.writeString(directory.resolve("runc.log"),
                "{\"level\":\"error\",\"msg\":\"" + "x\\n".repeat(1 << 18) + "\"}\n");
        FailureLog log = FailureLog.read(new BoundedLog(directory.resolve("none")), runc);
        assertThat(log.cause("otherwise")).isEqualTo("otherwise");
        Path criu = Files.writeString(directory.resolve("dump.log"), "Error (a.c:1): " + "x".repeat(1 << 20));
        assertThat(FailureLog.read(new BoundedLog(criu), runc).cause("otherwise")).startsWith("CRIU says: xxx")
                .hasSizeLessThan(5000);
    }
}
