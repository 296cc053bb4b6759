package dev.caravan.it;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.criu.CommitGate;
import dev.caravan.it.MigrationPrograms.Kind;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.query.OperatorQuery;
import dev.caravan.request.MigrationRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * Breaks what a cell says as soon as an event tells of its transition. A program that is to be killed behind the gate is
 * stopped when it gets there, so that it cannot have ended by then.
 */
final class Sabotage {
    /** Where a migration that is to be cancelled is cancelled. */
    static final Transition CANCELLED_AT = new Transition(Role.SOURCE, Stage.TRANSFERRING);

    /** How long a cut link stays cut. */
    private static final Duration CUT = Duration.ofSeconds(4);
    private static final Duration REACHED = Duration.ofSeconds(40);
    private static final Duration SEEN = Duration.ofSeconds(10);

    private final TestLab lab;
    private final CrashCell cell;
    private final MigrationRequest request;
    private final CommitGate gate;
    private final CompletableFuture<Void> cancelled = new CompletableFuture<>();
    private final CompletableFuture<Void> struck = new CompletableFuture<>();
    private List<ProcessHandle> stopped = List.of();

    Sabotage(TestLab lab, CrashCell cell, MigrationRequest request) {
        this.lab = lab;
        this.cell = cell;
        this.request = request;
        this.gate = new CommitGate(lab.migration(cell.destination(), request.id()).resolve("gate"));
    }

    /**
     * Asks for the migration, breaks what the cell says, and mends it again.
     *
     * @param whileBroken is done in between
     */
    void commit(Runnable whileBroken) throws Exception {
        try (OperatorMailbox mailbox = new OperatorMailbox(lab, this::hear)) {
            mailbox.send(request);
            if (cell.isCancelled()) {
                cancelled.get(REACHED.toSeconds(), TimeUnit.SECONDS);
                mailbox.ask(OperatorQuery.of(OperatorQuery.Kind.CANCEL, null, request.id()));
            }
            struck.get(REACHED.toSeconds(), TimeUnit.SECONDS);
            whileBroken.run();
            if (cell.fault().isCut()) {
                Awaitility.await().pollDelay(CUT).until(() -> true);
                lab.lab().mendLink(host());
            } else if (cell.fault().program() == null) {
                lab.lab().start(service());
            }
        }
    }

    private void hear(JsonNode event) {
        Transition heard = Transition.in(event, request.id()).orElse(null);
        if (heard == null || struck.isDone()) {
            return;
        }
        try {
            if (heard.equals(CANCELLED_AT)) {
                cancelled.complete(null);
            }
            if (heard.equals(Fault.RESTORE) && cell.isBehindGate()) {
                soon(gate::held);
                stopped = seen();
                stopped.forEach(process -> CommandResult.run("kill", "-STOP", Long.toString(process.pid())));
            }
            if (heard.equals(cell.at())) {
                strike();
                struck.complete(null);
            }
        } catch (RuntimeException | AssertionError e) {
            struck.completeExceptionally(e);
        }
    }

    private void strike() {
        if (cell.isBehindGate()) {
            if (cell.at().equals(Fault.OPENING)) {
                soon(() -> gate.decision() != CommitGate.Decision.WAITING);
            }
            stopped.forEach(ProcessHandle::destroyForcibly);
        } else if (cell.fault().program() != null) {
            if (cell.fault().program() == Kind.GATE) {
                // it is also called, for a moment, at each of CRIU's steps before
                soon(gate::held);
            }
            seen().forEach(ProcessHandle::destroyForcibly);
        } else if (cell.fault().isCut()) {
            lab.lab().cutLink(host());
        } else {
            lab.lab().kill(service());
        }
    }

    /** The processes that are to be killed, as soon as there are any. */
    private List<ProcessHandle> seen() {
        MigrationPrograms programs = new MigrationPrograms(lab.migration(host(), request.id()));
        return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).atMost(SEEN)
                .until(() -> programs.find(cell.fault().program()), found -> !found.isEmpty());
    }

    private static void soon(Callable<Boolean> condition) {
        Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).atMost(SEEN).until(condition);
    }

    private String host() {
        return cell.host(cell.fault().side());
    }

    private String service() {
        return cell.fault() == Fault.BROKER ? "broker" : "agent-" + host();
    }
}
