package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.cli.demo.CountingClient;
import dev.caravan.cli.demo.Redis;
import dev.caravan.lab.LabContainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Containers move, and whoever uses them notices a pause at most. */
@ExtendWith(RealLab.class)
@Timeout(180)
class MigrationIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int DATA_MIB = 64;

    private final TestLab lab;

    MigrationIT(TestLab lab) {
        this.lab = lab;
    }

    @AfterEach
    void clear() {
        lab.clear();
    }

    @Test
    void redisMovesThereAndBackUnderAClientThatCounts() throws Exception {
        LabContainer redis = lab.run(ALPHA, "web", null);
        String runId;
        long keys;
        try (Redis server = Redis.whenReady(redis.address())) {
            server.fill(DATA_MIB);
            runId = server.info("run_id");
            keys = Long.parseLong(server.command("DBSIZE"));
            assertThat(server.intact(DATA_MIB)).isEqualTo(keys);
        }
        CountingClient client = new CountingClient(redis.address());
        try (client) {
            countOn(client);
            JsonNode there = completed(lab.migrate("web", BETA));
            countOn(client);
            assertSane(there, ALPHA, BETA);
            lab.assertOnlyAt(BETA, "web");

            JsonNode back = completed(lab.migrate("web", ALPHA));
            countOn(client);
            assertSane(back, BETA, ALPHA);
            lab.assertOnlyAt(ALPHA, "web");
        }
        assertThat(client.failure()).isNull();
        try (Redis server = new Redis(redis.address())) {
            assertThat(server.info("run_id")).isEqualTo(runId);
            assertThat(Long.parseLong(server.command("DBSIZE"))).isEqualTo(keys + 1);
            assertThat(server.intact(DATA_MIB)).isEqualTo(keys);
            assertThat(Long.parseLong(server.command("GET", "caravan-demo"))).isGreaterThanOrEqualTo(client.counted());
        }
    }

    /** Each side appraises the other by its own policy: which PCRs are quoted is for the one to say who reads the quote. */
    @Test
    void hostsAskEachOtherForThePcrsOfTheirOwnPolicies() throws Exception {
        Path policy = lab.lab().plan().home().resolve("hosts").resolve(ALPHA).resolve("policy.json");
        String before = Files.readString(policy);
        Files.writeString(policy, "{\"pcrs\": {\"7\": [], \"14\": []}}");
        restartAlpha();
        try {
            lab.run(ALPHA, "judged", null, "/bin/sleep", "600");
            JsonNode there = completed(lab.migrate("judged", BETA));
            assertThat(there.at("/attestation/destination/reasons").toString()).contains("pins no PCR");
            assertThat(there.at("/attestation/source/reasons").toString()).contains("[0, 1, 2, 3, 4, 5, 6, 7]");
            completed(lab.migrate("judged", ALPHA));
            lab.assertOnlyAt(ALPHA, "judged");
        } finally {
            Files.writeString(policy, before);
            restartAlpha();
        }
    }

    private void restartAlpha() {
        lab.lab().kill("agent-" + ALPHA);
        lab.lab().start("agent-" + ALPHA);
    }

    @Test
    void filesWrittenWhileItRunsArrive() throws Exception {
        lab.run(ALPHA, "writer", null, "/bin/sh", "-c",
                "n=0; mkdir -p /data/deep; while true; do n=$((n+1)); echo $n >>/data/log; echo $n >/data/deep/last; "
                        + "sleep 0.02; done");
        Path atAlpha = lab.rootfs(ALPHA, "writer").resolve("data/log");
        Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(atAlpha) && Files.size(atAlpha) > 100);

        completed(lab.migrate("writer", BETA));

        lab.assertOnlyAt(BETA, "writer");
        Path log = lab.rootfs(BETA, "writer").resolve("data/log");
        long arrived = Files.size(log);
        Awaitility.await().atMost(PATIENCE).until(() -> Files.size(log) > arrived + 100);
        List<String> lines = Files.readString(log).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i)).isEqualTo(Integer.toString(i + 1));
        }
        assertThat(lab.rootfs(BETA, "writer").resolve("data/deep/last")).exists();
    }

    @Test
    void aContainerThatOnlySleepsMoves() throws Exception {
        lab.run(ALPHA, "sleeper", null, "/bin/sleep", "600");

        JsonNode report = completed(lab.migrate("sleeper", BETA));

        assertSane(report, ALPHA, BETA);
        lab.assertOnlyAt(BETA, "sleeper");
    }

    @Test
    void aBundleOfTheUsersOwnMovesWithItsSettings(@TempDir Path directory) throws Exception {
        Path program = lab.compile("workload");
        Path rootfs = Files.createDirectories(directory.resolve("tree/root"));
        for (String inside : List.of("proc", "dev", "sys", "tmp", "etc")) {
            Files.createDirectories(rootfs.resolve(inside));
        }
        Files.copy(program, rootfs.resolve("own-program"));
        rootfs.resolve("own-program").toFile().setExecutable(true);
        Files.writeString(rootfs.resolve("etc/own"), "kept");
        CommandResult.run("runc", "spec", "--bundle", directory.toString());
        Path config = directory.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"path\": \"rootfs\"", "\"path\": \"tree/root\"")
                .replace("\"readonly\": true", "\"readonly\": false").replace("\"runc\"", "\"own-name\"")
                .replace("\"sh\"", "\"/own-program\", \"threads\""));
        lab.run(ALPHA, "own", directory);

        completed(lab.migrate("own", BETA));

        lab.assertOnlyAt(BETA, "own");
        assertThat(lab.rootfs(BETA, "own").resolve("etc/own")).hasContent("kept");
        assertThat(lab.bundle(BETA, "own").resolve("config.json")).content().contains("own-name", "/own-program");
        Path progress = lab.rootfs(BETA, "own").resolve("progress");
        String arrived = Files.readString(progress);
        Awaitility.await().atMost(PATIENCE).until(() -> !Files.readString(progress).equals(arrived));
    }

    @Test
    void listStatusAndAttestTellOfIt() throws Exception {
        lab.run(ALPHA, "told", null, "/bin/sleep", "600");
        JsonNode report = completed(lab.migrate("told", BETA));

        CommandResult list = lab.caravan("list", "--json");
        assertThat(list.exitCode()).isZero();
        assertThat(StreamSupport.stream(list.json().spliterator(), false)
                .filter(row -> row.path("container").asText().equals("told")).map(row -> row.path("host").asText()))
                .containsExactly(BETA);
        CommandResult status = lab.caravan("status", report.path("migrationId").asText(), "--json");
        assertThat(status.exitCode()).isZero();
        assertThat(status.json().findValuesAsText("stage")).containsExactly("completed", "completed");
        assertThat(status.json().findValuesAsText("role")).containsExactlyInAnyOrder("source", "destination");
        CommandResult attest = lab.caravan("attest", BETA, "--json");
        assertThat(attest.exitCode()).isZero();
        assertThat(attest.json().path("verdict").asText()).isEqualTo("affirming");
    }

    private static void countOn(CountingClient client) {
        long before = client.counted();
        Awaitility.await().atMost(PATIENCE).until(() -> client.failure() != null || client.counted() > before + 500);
        assertThat(client.failure()).isNull();
    }

    private static JsonNode completed(CommandResult result) {
        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.json().path("outcome").asText()).isEqualTo("completed");
        return result.json();
    }

    private static void assertSane(JsonNode report, String source, String destination) {
        assertThat(report.path("source").asText()).isEqualTo(source);
        assertThat(report.path("destination").asText()).isEqualTo(destination);
        assertThat(report.path("mode").asText()).isEqualTo("stopcopy");
        assertThat(report.path("tracker").asText()).isEqualTo("none");
        assertThat(report.path("reason").asText()).isEmpty();
        assertThat(report.at("/attestation/source/verdict").asText()).isEqualTo("affirming");
        assertThat(report.at("/attestation/destination/verdict").asText()).isEqualTo("affirming");
        assertThat(report.path("memoryBytes").asLong()).isPositive();
        assertThat(report.path("sentBytes").asLong()).isPositive();
        assertThat(report.path("pagesSent").asLong()).isPositive();
        assertThat(report.path("batches").asLong()).isPositive();
        assertThat(report.path("downtimeMillis").asLong()).isPositive()
                .isLessThanOrEqualTo(report.path("totalMillis").asLong());
        assertThat(report.path("rounds")).hasSize(1);
        List<String> stages = StreamSupport.stream(report.path("stages").spliterator(), false)
                .map(stage -> stage.path("name").asText()).toList();
        assertThat(stages).containsSubsequence("attesting", "preparing", "syncing", "freezing", "transferring",
                "restoring", "committing", "releasing");
    }
}
