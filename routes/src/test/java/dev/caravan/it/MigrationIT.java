package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.it.TestLab.Command;
import dev.caravan.lab.LabContainer;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class MigrationIT {
    private TestLab lab;
    private LabContainer redis;
    private String name;

    @BeforeEach
    void start() throws Exception {
        lab = TestLab.get();
        name = "r" + UUID.randomUUID().toString().substring(0, 8);
        redis = lab.lab().run(ALPHA, name, null, List.of());
        try (RedisClient client = RedisClient.whenReady(redis.address())) {
            client.fill(16);
        }
    }

    @AfterEach
    void remove() {
        if (lab != null && name != null) {
            lab.lab().remove(name);
        }
    }

    @Test
    void aContainerMovesThereAndBackWhileItsClientCounts() throws Exception {
        String runId;
        try (RedisClient client = new RedisClient(redis.address())) {
            runId = client.runId();
        }
        try (RedisClient client = new RedisClient(redis.address())) {
            client.startCounting();
            for (String to : List.of(BETA, ALPHA)) {
                Command migrate = lab.caravan("migrate", name, "--to", to, "--json");
                assertThat(migrate.exitCode()).as(migrate.output()).isZero();
                JsonNode report = migrate.json();
                assertThat(report.path("outcome").asText()).isEqualTo("completed");
                assertThat(report.path("attestation").path("source").path("verdict").asText()).isEqualTo("affirming");
                assertThat(report.path("attestation").path("destination").path("verdict").asText())
                        .isEqualTo("affirming");
                assertThat(report.path("sentBytes").asLong()).isGreaterThan(16 << 20);
                assertThat(lab.hostsOf(name)).containsExactly(to);
                assertThat(lab.copiesOf(name)).isEqualTo(1);
                client.awaitProgress();
            }
            assertThat(client.failure()).isNull();
        }
        try (RedisClient client = new RedisClient(redis.address())) {
            assertThat(client.runId()).isEqualTo(runId);
        }
    }

    @ParameterizedTest
    @CsvSource({"nobody,cvit-beta,2,unknown container", "NAME,gamma,2,no host that has joined",
            "NAME,cvit-alpha,2,must be another platform"})
    void aRequestThatMakesNoSenseIsRefusedAndNothingMoves(String container, String to, int exitCode, String message)
            throws Exception {
        Command migrate = lab.caravan("migrate", container.replace("NAME", name), "--to", to, "--from", ALPHA);
        assertThat(migrate.output()).contains(message.replace("unknown container", "does not have"));
        assertThat(migrate.exitCode()).isEqualTo(exitCode);
        assertThat(lab.hostsOf(name)).containsExactly(ALPHA);
    }
}
