package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.cli.demo.CountingClient;
import dev.caravan.cli.demo.Redis;
import dev.caravan.event.MigrationEvents;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.lab.LabContainer;
import dev.caravan.lab.LabStatus;
import dev.caravan.query.OperatorQuery;
import dev.caravan.request.MigrationRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whatever breaks, at whichever transition and in either direction: afterwards exactly one copy of the container runs, its
 * client goes on, the journals agree and say why, nothing is left behind, and the next migration works.
 *
 * <p>
 * Runs one share of the {@link CrashMatrix}, by {@link CrashSeed}; {@code -Dcaravan.crash.cells=REGEX} runs the cells whose
 * names match instead, {@code .*} all of them. The table is in {@code target/crash-matrix.txt}.
 */
@ExtendWith(RealLab.class)
class CrashIT {
    private static final String CELLS = "caravan.crash.cells";
    private static final Path TARGET = Path.of("target");
    private static final Duration SETTLED = Duration.ofSeconds(90);
    private static final Duration POLL = Duration.ofMillis(300);
    private static final Duration CLIENT = Duration.ofSeconds(40);
    private static final int DATA_MIB = 16;
    private static final int LOG_LINES = 300;

    private final TestLab lab;
    private CrashReport report;
    private int containers;
    private String name;
    private String whereabouts;
    private CountingClient client;

    /** How a migration ended: the final stage and the reason in the journal of each side that knows it. */
    private record Ending(Stage source, String reason, List<Stage> all, List<String> reasons) {
        static Ending of(List<JsonNode> rows) {
            JsonNode source = rows.stream().filter(row -> row.path("role").asText().equals("source")).findFirst()
                    .orElseThrow(() -> new AssertionError("the source's journal does not know it: " + rows));
            return new Ending(stage(source), source.path("reason").asText(), rows.stream().map(Ending::stage).toList(),
                    rows.stream().map(row -> row.path("reason").asText()).toList());
        }

        boolean isFinal() {
            return all.stream().allMatch(Stage::isFinal);
        }

        /** A person is needed for a restore that was killed as its gate opened: nobody else can know whether it ran. */
        boolean isInDoubt() {
            return all.stream().allMatch(stage -> stage == Stage.IN_DOUBT);
        }

        private static Stage stage(JsonNode row) {
            return Stage.ofLabel(row.path("stage").asText());
        }
    }

    CrashIT(TestLab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void start() throws Exception {
        // whatever of an earlier one could not be undone keeps its name
        name = "survivor" + ++containers;
        LabContainer redis = lab.run(ALPHA, name, null);
        whereabouts = ALPHA;
        try (Redis server = Redis.whenReady(redis.address())) {
            server.fill(DATA_MIB);
        }
        client = new CountingClient(redis.address());
        countOn();
    }

    @AfterEach
    void clear() throws Exception {
        if (report != null) {
            System.out.println(report);
        }
        if (client != null) {
            client.close();
        }
        lab.clear();
    }

    @TestFactory
    Stream<DynamicTest> exactlyOneCopyRuns() throws Exception {
        CrashMatrix matrix = CrashMatrix.of(transitions(), ALPHA, BETA);
        List<CrashCell> left = new ArrayList<>();
        String wanted = System.getProperty(CELLS);
        if (wanted == null) {
            long seed = CrashSeed.of(TARGET.resolve("crash-seed"));
            left.addAll(matrix.share(seed));
            report = new CrashReport("Share of the crash matrix by -D" + CrashSeed.PROPERTY + "=" + seed + ": "
                    + left.size() + " of " + matrix.cells().size() + " cells");
        } else {
            Predicate<String> matches = Pattern.compile(wanted).asMatchPredicate();
            left.addAll(matrix.cells().stream().filter(cell -> matches.test(cell.toString())).toList());
            report = new CrashReport(
                    "Cells of the crash matrix by -D" + CELLS + "=" + wanted + ": " + left.size() + " of "
                            + matrix.cells().size());
        }
        return Stream.generate(() -> next(left)).limit(left.size())
                .map(cell -> dynamicTest(cell.toString(), () -> run(cell)));
    }

    /** One that begins where the container is, if there is one. */
    private CrashCell next(List<CrashCell> left) {
        CrashCell next = left.stream().filter(cell -> cell.source().equals(whereabouts)).findFirst()
                .orElse(left.get(0));
        left.remove(next);
        return next;
    }

    /** What a migration that completes and one that is cancelled go through. */
    private Set<Transition> transitions() throws Exception {
        MigrationRequest there = OperatorMailbox.request(name, ALPHA, BETA);
        MigrationRequest back = OperatorMailbox.request(name, BETA, ALPHA);
        Set<Transition> completed = new ConcurrentSkipListSet<>();
        Set<Transition> cancelled = new ConcurrentSkipListSet<>();
        try (OperatorMailbox mailbox = new OperatorMailbox(lab, event -> {
            Transition.in(event, there.id()).ifPresent(completed::add);
            Transition.in(event, back.id()).ifPresent(cancelled::add);
        })) {
            mailbox.send(there);
            awaitAll(completed, new Transition(Role.SOURCE, Stage.COMPLETED),
                    new Transition(Role.DESTINATION, Stage.COMPLETED));
            whereabouts = BETA;
            mailbox.send(back);
            awaitAll(cancelled, Sabotage.CANCELLED_AT);
            mailbox.ask(OperatorQuery.of(OperatorQuery.Kind.CANCEL, null, back.id()));
            awaitAll(cancelled, new Transition(Role.SOURCE, Stage.CANCELLED),
                    new Transition(Role.DESTINATION, Stage.ROLLED_BACK));
        }
        completed.addAll(cancelled);
        return completed;
    }

    private static void awaitAll(Set<Transition> heard, Transition... wanted) {
        Awaitility.await().atMost(SETTLED).pollInterval(Duration.ofMillis(5))
                .until(() -> heard.containsAll(List.of(wanted)));
    }

    /** The source's machine goes down with the container while the destination holds it: that is the only copy then. */
    @Test
    @Timeout(240)
    void theCopyAtTheDestinationRunsWhenTheSourceHasLostItsOwn() throws Exception {
        CrashCell cell = new CrashCell(Fault.SOURCE_AGENT, new Transition(Role.SOURCE, Stage.RESTORING), ALPHA, BETA);
        MigrationRequest request = OperatorMailbox.request(name, ALPHA, BETA);
        new Sabotage(lab, cell, request).commit(() -> lab.loseContainer(ALPHA, name));

        assertThat(awaitEnd(cell, request).source()).isEqualTo(Stage.COMPLETED);
    }

    private void run(CrashCell cell) throws Exception {
        long began = System.nanoTime();
        try {
            moveTo(cell.source());
            began = System.nanoTime();
            MigrationRequest request = OperatorMailbox.request(name, cell.source(), cell.destination());
            new Sabotage(lab, cell, request).commit(() -> {
            });
            Ending ending = awaitEnd(cell, request);
            double seconds = seconds(began);
            moveTo(whereabouts.equals(ALPHA) ? BETA : ALPHA);
            report.ended(cell, ending.source().label(), seconds, ending.reason());
        } catch (Exception | AssertionError e) {
            report.failed(cell, seconds(began), e);
            keepLogs(cell);
            startAfresh();
            throw e;
        } finally {
            report.write(TARGET.resolve("crash-matrix.txt"));
        }
    }

    private Ending awaitEnd(CrashCell cell, MigrationRequest request) throws Exception {
        try (OperatorMailbox mailbox = new OperatorMailbox(lab)) {
            Ending ending = awaitEnding(mailbox, request, found -> found.isFinal()
                    || cell.isBehindGate() && found.isInDoubt());
            boolean moved = ending.source() == Stage.COMPLETED;
            if (cell.fault().onlyDelays()) {
                assertThat(ending.source()).as(ending.reason())
                        .isEqualTo(cell.isCancelled() ? Stage.CANCELLED : Stage.COMPLETED);
            }
            assertThat(ending.all()).as("the sides agree").allMatch(stage -> moved == (stage == Stage.COMPLETED));
            assertThat(ending.reasons()).as("reasons").allMatch(reason -> moved == reason.isEmpty());
            assertThat(mailbox.all(MigrationEvents.ENDED, data -> concerns(data, request)))
                    .allMatch(data -> data.path("outcome").asText().equals(ending.source().label()));
            whereabouts = moved ? cell.destination() : cell.source();
            if (ending.isInDoubt()) {
                letTheFrozenCopyGoOn(mailbox, request);
            }
            Awaitility.await().atMost(SETTLED).pollInterval(POLL)
                    .untilAsserted(() -> lab.assertOnlyAt(whereabouts, name));
            countOn();
            return ending;
        }
    }

    private Ending awaitEnding(OperatorMailbox mailbox, MigrationRequest request, Predicate<Ending> settled) {
        AtomicReference<Ending> last = new AtomicReference<>();
        Awaitility.await().atMost(SETTLED).pollInterval(POLL).ignoreException(ConditionTimeoutException.class)
                .untilAsserted(() -> {
                    last.set(Ending.of(mailbox.status(request.id(), 2)));
                    assertThat(settled.test(last.get())).as(last.get().toString()).isTrue();
                });
        return last.get();
    }

    /** Decides as an operator who has seen that the destination runs none. */
    private void letTheFrozenCopyGoOn(OperatorMailbox mailbox, MigrationRequest request) {
        assertThat(lab.copies(name)).containsExactly(whereabouts + " paused");
        CommandResult resolved = lab.caravan("resolve", request.id().toString(), "--source-runs", "--yes");
        assertThat(resolved.exitCode()).as(resolved.toString()).isZero();
        awaitEnding(mailbox, request, Ending::isFinal);
    }

    private static boolean concerns(JsonNode data, MigrationRequest request) {
        return data.path("migrationId").asText().equals(request.id().toString());
    }

    /** Moves the container, which nothing may hinder. */
    private void moveTo(String host) throws Exception {
        if (whereabouts.equals(host)) {
            return;
        }
        MigrationRequest request = OperatorMailbox.request(name, whereabouts, host);
        try (OperatorMailbox mailbox = new OperatorMailbox(lab)) {
            mailbox.send(request);
            JsonNode ended = mailbox.await(MigrationEvents.ENDED, data -> concerns(data, request));
            assertThat(ended.path("outcome").asText()).as("the next migration: " + ended).isEqualTo("completed");
        }
        whereabouts = host;
        countOn();
    }

    private void countOn() {
        long before = client.counted();
        Awaitility.await().atMost(CLIENT).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20))
                .until(() -> client.failure() != null || client.counted() > before + 200);
        assertThat(client.failure()).isNull();
    }

    private void keepLogs(CrashCell cell) throws IOException {
        StringBuilder logs = new StringBuilder(cell.toString()).append('\n');
        for (LabStatus.Service service : lab.lab().status().processes()) {
            logs.append("\n== ").append(service).append('\n').append(lab.lab().logs(service.name(), LOG_LINES));
        }
        Files.writeString(TARGET.resolve("crash-" + cell.toString().replaceAll("[^A-Za-z.]+", "-") + ".log"), logs);
    }

    /**
     * After a failure the other cells find whole hosts and another container. The client is left alone: to close it would
     * be to wait for an answer.
     */
    private void startAfresh() throws Exception {
        List.of(ALPHA, BETA).forEach(lab.lab()::mendLink);
        lab.lab().up();
        lab.clear();
        start();
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
