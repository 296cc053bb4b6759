package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.cli.demo.CountingClient;
import dev.caravan.cli.demo.Redis;
import dev.caravan.event.MigrationEvents;
import dev.caravan.lab.LabContainer;
import dev.caravan.query.OperatorQuery;
import dev.caravan.query.OperatorQuery.Kind;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators who change their mind: before the commit the container goes on at the source, after it it is too late. */
@ExtendWith(RealLab.class)
@Timeout(180)
class CancelIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int DATA_MIB = 32;
    private static final String NAME = "wavering";

    private final TestLab lab;

    CancelIT(TestLab lab) {
        this.lab = lab;
    }

    @AfterEach
    void clear() {
        lab.clear();
    }

    @ParameterizedTest(name = "cancelled while {0}")
    @ValueSource(strings = {"attesting", "preparing", "syncing", "transferring", "restoring"})
    void aMigrationThatIsCancelledLeavesTheContainerWhereItWas(String stage) throws Exception {
        LabContainer redis = lab.run(ALPHA, NAME, null);
        try (Redis server = Redis.whenReady(redis.address())) {
            server.fill(DATA_MIB);
        }
        CountingClient client = new CountingClient(redis.address());
        try (client) {
            CompletableFuture<UUID> reached = new CompletableFuture<>();
            CompletableFuture<CommandResult> migration;
            try (OperatorMailbox mailbox = new OperatorMailbox(lab, event -> {
                JsonNode data = event.path("data");
                if (event.path("type").asText().equals(MigrationEvents.TRANSITION)
                        && data.path("container").asText().equals(NAME) && data.path("stage").asText().equals(stage)) {
                    reached.complete(UUID.fromString(data.path("migrationId").asText()));
                }
            })) {
                migration = CompletableFuture.supplyAsync(() -> lab.migrate(NAME, BETA));
                UUID id = reached.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                mailbox.ask(OperatorQuery.of(Kind.CANCEL, null, id));
                CommandResult result = migration.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
                assertThat(result.json().path("outcome").asText()).isEqualTo("cancelled");
                assertThat(result.json().path("reason").asText()).isEqualTo("an operator cancelled the migration");
            }
            client.countOn();
        }
        assertThat(client.failure()).isNull();
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> lab.assertOnlyAt(ALPHA, NAME));
    }

    @Test
    void whatHasEndedCannotBeCancelled() {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        String id = lab.migrate(NAME, BETA).json().path("migrationId").asText();

        CommandResult late = lab.caravan("cancel", id);

        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.errors()).contains("migration " + id + " has ended already: it is completed");
        String unknown = UUID.randomUUID().toString();
        CommandResult never = lab.caravan("cancel", unknown);
        assertThat(never.exitCode()).isEqualTo(2);
        assertThat(never.errors()).contains("no host that answered is the source of migration " + unknown);
    }
}
