package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.event.MigrationEvents;
import dev.caravan.request.MigrationRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an agent that starts finds on its host: a container that a migration has left frozen, another agent, a wrong journal. */
@ExtendWith(RealLab.class)
@Timeout(240)
class RestartIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String NAME = "left";
    private static final String AGENT = "agent-" + ALPHA;
    private static final String FENCE = "table inet caravan_fence";

    private final TestLab lab;

    RestartIT(TestLab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void start() {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
    }

    @AfterEach
    void clear() {
        lab.lab().up();
        lab.clear();
    }

    @Test
    void aFrozenContainerRunsAgainWithoutATpmABrokerOrAnAuthority() throws Exception {
        MigrationRequest request = killAt("transferring");
        Awaitility.await().atMost(PATIENCE).until(() -> lab.copies(NAME).contains(ALPHA + " paused"));
        assertThat(tables()).contains(FENCE);

        CommandResult alone = lab.agent(ALPHA, Map.of("caravan.tpm", "unix:" + lab.tmpfs(ALPHA).resolve("no-tpm"),
                "caravan.broker.url", "tcp://127.0.0.1:1", "caravan.policy", "/no/policy"));

        assertThat(alone.exitCode()).as(alone.toString()).isEqualTo(1);
        assertThat(alone.errors()).contains("no-tpm");
        assertThat(lab.copies(NAME)).contains(ALPHA + " running");
        assertThat(tables()).doesNotContain(FENCE);
        assertThat(lab.images(ALPHA)).isEmpty();

        lab.lab().start(AGENT);
        Awaitility.await().atMost(PATIENCE).until(() -> lab.journal(request.id().toString()),
                List.of("rolled-back", "rolled-back")::equals);
        lab.assertOnlyAt(ALPHA, NAME);
    }

    /** The source has committed; its journal is put back, then lost, then right again. */
    @Test
    void aJournalThatDoesNotFitThawsNothingAndIsToldUntilItFits() throws Exception {
        MigrationRequest request = killAt("committing");
        Path journal = lab.journalFile(ALPHA);
        takeLinksDown();

        change(journal, request, "COMMITTING", "RESTORING");
        CommandResult older = lab.agent(ALPHA, Map.of("caravan.tpm", "unix:/no-tpm"));
        assertThat(older.errors()).contains(NAME + " is frozen and cut off with its link down at " + ALPHA,
                "migration " + request.id() + " is only restoring", NAME + " may run at " + BETA);
        assertThat(lab.copies(NAME)).contains(ALPHA + " paused");

        List<Path> files = parts(journal);
        for (Path file : files) {
            Files.move(file, file.resolveSibling("kept-" + file.getFileName()));
        }
        lab.lab().start(AGENT);
        CommandResult list = lab.caravan("list", ALPHA);
        assertThat(list.exitCode()).as(list.toString()).isZero();
        assertThat(list.output()).contains("unexplained", ALPHA + " has lost its journal: " + journal,
                NAME + " is frozen and cut off with its link down at " + ALPHA + " by migration " + request.id()
                        + ", which the journal does not know");
        JsonNode status = lab.caravan("status", request.id().toString(), "--json").json();
        assertThat(status.findValuesAsText("stage")).contains("unknown");
        assertThat(lab.copies(NAME)).contains(ALPHA + " paused");
        assertThat(lab.agent(ALPHA, Map.of()).errors()).contains("which another agent uses now");

        lab.lab().kill(AGENT);
        CommandResult renamed = lab.agent(ALPHA, Map.of("caravan.name", "gamma"));
        assertThat(renamed.exitCode()).isEqualTo(1);
        assertThat(renamed.errors()).contains("caravan.name is \"gamma\"", "was made for \"" + ALPHA + "\"");
        for (Path file : parts(journal)) {
            Files.delete(file);
        }
        for (Path file : files) {
            Files.move(file.resolveSibling("kept-" + file.getFileName()), file);
        }
        change(journal, request, "RESTORING", "COMMITTING");
        lab.lab().start(AGENT);
        Awaitility.await().atMost(PATIENCE).until(() -> lab.journal(request.id().toString()),
                List.of("completed", "completed")::equals);
        lab.assertOnlyAt(BETA, NAME);
    }

    /** Asks for a migration, and kills the source's agent as soon as it says that it enters the stage. */
    private MigrationRequest killAt(String stage) throws Exception {
        MigrationRequest request = OperatorMailbox.request(NAME, ALPHA, BETA);
        CountDownLatch killed = new CountDownLatch(1);
        try (OperatorMailbox mailbox = new OperatorMailbox(lab, event -> {
            JsonNode data = event.path("data");
            if (event.path("type").asText().equals(MigrationEvents.TRANSITION)
                    && data.path("migrationId").asText().equals(request.id().toString())
                    && data.path("role").asText().equals("source") && data.path("stage").asText().equals(stage)) {
                lab.lab().kill(AGENT);
                killed.countDown();
            }
        })) {
            mailbox.send(request);
            assertThat(killed.await(60, TimeUnit.SECONDS)).as("the migration reached " + stage).isTrue();
        }
        return request;
    }

    /** The journal with what SQLite keeps beside it. */
    private static List<Path> parts(Path journal) {
        return Stream.of("", "-wal", "-shm").map(end -> journal.resolveSibling(journal.getFileName() + end))
                .filter(Files::exists).toList();
    }

    private static void change(Path journal, MigrationRequest request, String before, String after)
            throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + journal);
                PreparedStatement update = connection
                        .prepareStatement("update migration set stage = ? where id = ? and stage = ?")) {
            update.setString(1, after);
            update.setString(2, request.id().toString());
            update.setString(3, before);
            assertThat(update.executeUpdate()).as("migrations that are " + before).isEqualTo(1);
            try (Statement forget = connection.createStatement()) {
                forget.execute("delete from transition where stage = 'COMMITTING'");
            }
        }
    }

    /** As the source does after its commit, which it may not have come to. */
    private void takeLinksDown() {
        String host = lab.namespace(ALPHA);
        CommandResult.run("ip", "-n", host, "-o", "link", "show", "type", "veth").lines()
                .map(line -> line.split("[ :@]+")[1]).filter(link -> !link.equals("uplink"))
                .forEach(link -> CommandResult.run("ip", "-n", host, "link", "set", link, "down"));
    }

    /** The tables of nftables in the container's network. */
    private String tables() {
        long pid = lab.lab().status().containers().stream()
                .filter(found -> found.name().equals(NAME) && found.host().equals(ALPHA)).findFirst().orElseThrow()
                .pid();
        return CommandResult.run("nsenter", "--net", "--target", Long.toString(pid), "nft", "list", "tables");
    }
}
