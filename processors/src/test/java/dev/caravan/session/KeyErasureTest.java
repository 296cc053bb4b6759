package dev.caravan.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a session's secrets in the heap of a JVM of its own, by heap dumps (see {@link ErasedSession}). */
class KeyErasureTest {
    /** Bouncy Castle's ML-KEM and X25519 leave what they compute with to the garbage collector. */
    private static final List<String> LEFT_AS_GARBAGE = List.of("x25519-scalar", "ml-kem-seed", "ml-kem-key",
            "ml-kem-secret");

    private record Found(int open, int closed, int garbage) {
    }

    @TempDir
    static Path directory;
    private static final Map<String, Found> FOUND = new TreeMap<>();

    @BeforeAll
    static void dump() throws Exception {
        Path output = directory.resolve("output");
        Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                ErasedSession.class.getName(), directory.toString()).redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        try {
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.exitValue()).as(Files.readString(output)).isZero();
        for (String line : Files.readAllLines(output)) {
            String[] words = line.split(" ");
            int[] counts = Arrays.stream(words, 1, 4).mapToInt(Integer::parseInt).toArray();
            FOUND.put(words[0], new Found(counts[0], counts[1], counts[2]));
        }
    }

    @Test
    void theDumpOfAnOpenSessionHoldsItsKeys() {
        assertThat(FOUND.get("source-batch-key").open()).isPositive();
        assertThat(FOUND.get("destination-batch-key").open()).isPositive();
        assertThat(FOUND).hasSize(10);
    }

    @Test
    void nothingThatIsReachableAfterTheEndHoldsASecret() {
        assertThat(FOUND).allSatisfy((secret, found) -> assertThat(found.closed()).as(secret).isZero());
    }

    @Test
    void notEvenGarbageHoldsAKeyOrWhatKeysAreMadeOf() {
        assertThat(FOUND).allSatisfy((secret, found) -> {
            if (!LEFT_AS_GARBAGE.contains(secret)) {
                assertThat(found.garbage()).as(secret).isZero();
            }
        });
    }
}
