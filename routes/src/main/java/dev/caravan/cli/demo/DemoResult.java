package dev.caravan.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * What the demonstration found; {@code --json} prints it.
 *
 * @param report               the migration's report
 * @param clientGapMillis      the longest time between two answers that the client saw
 * @param increments           how many increments the client counted, each one more than the one before
 * @param clientFailure        what the client found wrong, or null
 * @param sameProcess          whether the server's run_id, drawn when it started, is the same
 * @param keysBefore           how many keys the server had before
 * @param keysAfter            and after
 * @param byHandDowntimeMillis downtime of the same container moved by hand, in the clear
 * @param byHandGapMillis      the gap that its client saw
 * @param tampered             the report of the migration to a host whose PCR 7 had changed
 * @param tamperedRunsAtSource whether that container still runs where it did
 */
public record DemoResult(JsonNode report, long clientGapMillis, long increments, String clientFailure,
        boolean sameProcess, long keysBefore, long keysAfter, long byHandDowntimeMillis, long byHandGapMillis,
        JsonNode tampered, boolean tamperedRunsAtSource) {

    /** Our downtime as a multiple of that by hand. */
    public double ratio() {
        return byHandDowntimeMillis == 0 ? 0 : report.path("downtimeMillis").asDouble() / byHandDowntimeMillis;
    }

    /** What went otherwise than it must; empty if the demonstration holds. */
    public List<String> faults() {
        return java.util.stream.Stream.of(
                fault(!report.path("outcome").asText().equals("completed"),
                        "the migration did not complete: " + report.path("reason").asText()),
                fault(clientFailure != null, "the client: " + clientFailure),
                fault(!sameProcess, "the server was restarted: its run_id changed"),
                fault(keysBefore != keysAfter, "the server had " + keysBefore + " keys and has " + keysAfter),
                fault(!tampered.path("outcome").asText().equals("refused"),
                        "the tampered host was not refused but " + tampered.path("outcome").asText()),
                fault(tampered.path("sentBytes").asLong() != 0,
                        tampered.path("sentBytes").asLong() + " bytes were sent to the tampered host"),
                fault(!tamperedRunsAtSource, "the container that was not moved does not run any more"))
                .filter(java.util.Objects::nonNull).toList();
    }

    private static String fault(boolean present, String what) {
        return present ? what : null;
    }
}
