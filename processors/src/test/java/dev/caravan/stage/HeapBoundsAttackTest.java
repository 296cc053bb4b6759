package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.migration.SharedBudget;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources that claim as much as they can of a destination that has the advised heap and no more. */
@Timeout(180)
class HeapBoundsAttackTest {
    @TempDir
    Path work;

    @Test
    void noClaimTakesMoreThanTheAdvisedHeap() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseParallelGC", "-Xmx512m", "-Xmn256m",
                "-XX:+ExitOnOutOfMemoryError", "-cp", System.getProperty("java.class.path"),
                HeapClaims.class.getName(), work.toString()).redirectErrorStream(true).start();
        String output;
        try (InputStream printed = process.getInputStream()) {
            output = new String(printed.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor()).as(output).isZero();
        Map<String, String> outcomes = new TreeMap<>();
        for (String line : List.of(output.split("\n"))) {
            int colon = line.indexOf(": ");
            outcomes.put(line.substring(0, Math.max(colon, 0)), line.substring(colon + 2));
        }
        assertThat(outcomes.get("the largest that is allowed")).isEqualTo("taken, wanted 125000");
        assertThat(outcomes.get("the same beside it")).isEqualTo("taken, wanted 125000");
        assertThat(outcomes.get("a third")).contains("refused", "of which others have",
                Long.toString(SharedBudget.MAX_BYTES));
        for (String claim : List.of("one too many", "long paths", "holes")) {
            assertThat(outcomes.get(claim)).contains("refused", "too large to be moved", "are allowed");
        }
        assertThat(outcomes.get("entries")).contains("refused", "262144");
        assertThat(outcomes.get("a message without end")).contains("refused", "exceeds");
        assertThat(outcomes.get("after all that")).isEqualTo("taken, wanted 10");
    }
}
