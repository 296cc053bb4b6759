package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.cli.demo.CountingClient;
import dev.caravan.cli.demo.Redis;
import dev.caravan.event.MigrationEvents;
import dev.caravan.lab.LabContainer;
import dev.caravan.request.MigrationRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is killed, and at whichever stage: afterwards exactly one copy of the container runs, its client goes on, and
 * the journals say why.
 */
@ExtendWith(RealLab.class)
@Timeout(240)
class CrashIT {
    private static final Duration SETTLED = Duration.ofSeconds(90);
    private static final int DATA_MIB = 16;
    private static final String NAME = "survivor";

    private final TestLab lab;
    private LabContainer redis;
    private CountingClient client;

    CrashIT(TestLab lab) {
        this.lab = lab;
    }

    static Stream<Arguments> crashes() {
        return Stream
                .of("attesting", "preparing", "syncing", "freezing", "transferring", "restoring", "committing",
                        "releasing")
                .flatMap(stage -> Stream.of("agent-" + ALPHA, "agent-" + BETA, "broker")
                        .map(process -> Arguments.of(process, stage)));
    }

    @BeforeEach
    void start() throws Exception {
        redis = lab.run(ALPHA, NAME, null);
        try (Redis server = Redis.whenReady(redis.address())) {
            server.fill(DATA_MIB);
        }
        client = new CountingClient(redis.address());
        countOn();
    }

    @AfterEach
    void clear() throws Exception {
        if (client != null) {
            client.close();
        }
        lab.clear();
    }

    @ParameterizedTest(name = "{0} killed at {1}")
    @MethodSource("crashes")
    void exactlyOneCopyRuns(String process, String stage) throws Exception {
        MigrationRequest request = OperatorMailbox.request(NAME, ALPHA, BETA);
        killAt(process, stage, request);

        Awaitility.await().atMost(SETTLED).pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> assertSettled(request));
        countOn();
        boolean moved = lab.copies(NAME).equals(List.of(BETA + " running"));
        lab.assertOnlyAt(moved ? BETA : ALPHA, NAME);
        for (JsonNode row : journals(request)) {
            assertThat(row.path("stage").asText()).isEqualTo(moved ? "completed" : "rolled-back");
            assertThat(row.path("reason").asText().isEmpty()).as("a reason: " + row).isEqualTo(moved);
        }
        // both sides are as good as new
        CommandResult again = lab.migrate(NAME, moved ? ALPHA : BETA);
        assertThat(again.exitCode()).as(again.toString()).isZero();
        countOn();
    }

    /** The source's machine goes down with the container while the destination holds it: that is the only copy then. */
    @Test
    void theCopyAtTheDestinationRunsWhenTheSourceHasLostItsOwn() throws Exception {
        MigrationRequest request = OperatorMailbox.request(NAME, ALPHA, BETA);
        killAt("agent-" + ALPHA, "restoring", request, () -> lab.loseContainer(ALPHA, NAME));

        Awaitility.await().atMost(SETTLED).pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> assertSettled(request));
        assertThat(lab.copies(NAME)).containsExactly(BETA + " running");
        assertThat(journals(request)).allMatch(row -> row.path("stage").asText().equals("completed"));
        countOn();
    }

    /**
     * Sends the request, kills the process as soon as either side says that the migration entered the stage, and starts it
     * again.
     */
    private void killAt(String process, String stage, MigrationRequest request) throws Exception {
        killAt(process, stage, request, () -> {
        });
    }

    private void killAt(String process, String stage, MigrationRequest request, Runnable whileDead) throws Exception {
        AtomicBoolean first = new AtomicBoolean(true);
        CountDownLatch killed = new CountDownLatch(1);
        try (OperatorMailbox mailbox = new OperatorMailbox(lab, event -> {
            JsonNode data = event.path("data");
            if (event.path("type").asText().equals(MigrationEvents.TRANSITION)
                    && data.path("migrationId").asText().equals(request.id().toString())
                    && data.path("stage").asText().equals(stage) && first.getAndSet(false)) {
                lab.lab().kill(process);
                killed.countDown();
            }
        })) {
            mailbox.send(request);
            assertThat(killed.await(60, TimeUnit.SECONDS)).as("the migration reached " + stage).isTrue();
            whileDead.run();
            lab.lab().start(process);
        }
    }

    /** One copy, which runs, and no migration that still goes on. */
    private void assertSettled(MigrationRequest request) {
        assertThat(lab.copies(NAME)).hasSize(1).first().asString().endsWith(" running");
        assertThat(journals(request)).isNotEmpty()
                .allMatch(row -> List.of("completed", "rolled-back").contains(row.path("stage").asText()));
    }

    private List<JsonNode> journals(MigrationRequest request) {
        CommandResult status = lab.caravan("status", request.id().toString(), "--json");
        assertThat(status.exitCode()).as(status.toString()).isZero();
        return StreamSupport.stream(status.json().spliterator(), false).toList();
    }

    private void countOn() {
        long before = client.counted();
        Awaitility.await().atMost(Duration.ofSeconds(40))
                .until(() -> client.failure() != null || client.counted() > before + 200);
        assertThat(client.failure()).isNull();
    }
}
