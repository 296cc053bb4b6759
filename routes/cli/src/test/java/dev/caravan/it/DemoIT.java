package dev.caravan.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.lab.Lab;
import dev.caravan.lab.LabPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The commands that bring a lab of their own: they do what they promise, and leave nothing however they end. */
@ExtendWith(RealLab.class)
@Timeout(300)
class DemoIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int SECONDS = 180;
    private static final LabPlan PLAN = LabPlan.demonstration();
    private static final Path BY_HAND = Path.of("/var/lib/caravan-by-hand");

    @AfterEach
    void nothingIsLeft() {
        assertThat(new Lab(PLAN, step -> {
        }).traces()).isEmpty();
        assertThat(BY_HAND).doesNotExist();
        assertThat(CommandResult.run("ip", "netns")).doesNotContain("by-hand", "demo-");
        assertThat(CommandResult.run("ip", "link")).doesNotContain("by-hand");
    }

    @Test
    void demonstrationHoldsEvenAfterOneThatWasKilled() throws Exception {
        Process killed = start("demo");
        Awaitility.await().atMost(PATIENCE).until(() -> running("alpha", "redis"));
        killed.destroyForcibly().waitFor();

        CommandResult result = CommandResult.of(SECONDS, command("demo", "--json"));
        assertThat(result.exitCode()).as(result.toString()).isZero();
        JsonNode shown = result.json();
        assertThat(shown.at("/report/outcome").asText()).isEqualTo("completed");
        assertThat(shown.at("/report/attestation/destination/verdict").asText()).isEqualTo("affirming");
        assertThat(shown.path("increments").asLong()).isPositive();
        assertThat(shown.path("clientFailure").isNull()).isTrue();
        assertThat(shown.path("sameProcess").asBoolean()).isTrue();
        assertThat(shown.path("values").asInt()).isPositive().isEqualTo(shown.path("valuesIntact").asInt());
        assertThat(shown.path("ratio").asDouble()).isPositive();
        assertThat(shown.at("/tampered/outcome").asText()).isEqualTo("refused");
        assertThat(shown.at("/tampered/sentBytes").asLong(-1)).isZero();
        assertThat(shown.path("tamperedRunsAtSource").asBoolean()).isTrue();
    }

    @Test
    void interruptedDemonstrationCleansUp() throws Exception {
        Process interrupted = start("demo");
        Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(BY_HAND.resolve("run-source/by-hand")));
        interrupted.destroy();
        assertThat(interrupted.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void benchmarkMeasuresBesideTheSameMoveByHand() {
        CommandResult result = CommandResult.of(SECONDS, command("bench", "--pairs", "2", "--json"));
        assertThat(result.exitCode()).as(result.toString()).isZero();
        JsonNode pair = result.json().at("/pairs/0");
        assertThat(pair.path("downtimeMillis").asLong()).isPositive();
        assertThat(pair.path("byHandDowntimeMillis").asLong()).isPositive();
        assertThat(pair.path("ratio").asDouble()).isPositive();
        assertThat(result.json().path("pairs")).hasSize(2);
        assertThat(result.json().path("medianRatio").asDouble()).isPositive();
        assertThat(result.json().path("cipherMibPerSecond").asDouble()).isPositive();
        assertThat(result.json().path("loopbackMibPerSecond").asDouble()).isPositive();
        assertThat(result.json().path("rescanMillis").asDouble()).isPositive();
    }

    @Test
    void benchmarkOfNoPairsIsAUsageError() {
        CommandResult result = CommandResult.of(SECONDS, command("bench", "--pairs", "0"));
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.errors()).contains("--pairs is 0; allowed are 1 to 100");
    }

    private static boolean running(String host, String container) {
        return new Lab(PLAN, step -> {
        }).status().containers().stream().anyMatch(c -> c.host().equals(host) && c.name().equals(container));
    }

    private static Process start(String... arguments) throws IOException {
        return new ProcessBuilder(command(arguments)).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", TestLab.jar().toString()));
        command.addAll(List.of(arguments));
        return command;
    }
}
