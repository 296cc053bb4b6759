package dev.caravan.cli.demo;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What the demonstration found; {@code --json} prints it.
 *
 * @param report               the migration's report
 * @param clientGapMillis      the longest time between two answers that the client saw
 * @param increments           how many increments the client counted, each one more than the one before
 * @param clientFailure        what the client found wrong, or null
 * @param before               the server before
 * @param after                and after
 * @param values               how many values the server held before
 * @param valuesIntact         how many of them it held after, byte by byte
 * @param byHandDowntimeMillis downtime of the same container moved by hand, in the clear
 * @param byHandGapMillis      the gap that its client saw
 * @param tampered             the report of the migration to a host whose PCR 7 had changed
 * @param tamperedRunsAtSource whether that container still runs where it did
 */
public record DemoResult(JsonNode report, long clientGapMillis, long increments, String clientFailure,
        ServerIdentity before, ServerIdentity after, int values, int valuesIntact, long byHandDowntimeMillis,
        long byHandGapMillis, JsonNode tampered, boolean tamperedRunsAtSource) {

    /** Whether the server is the process that it was, and not one that was started again. */
    @JsonProperty
    public boolean sameProcess() {
        // both times are whole seconds of a clock that does not stand still between the two questions
        return before.runId().equals(after.runId())
                && Duration.between(before.startedAt(), after.startedAt()).abs().toSeconds() <= 1;
    }

    /** Our downtime as a multiple of that by hand. */
    @JsonProperty
    public double ratio() {
        return byHandDowntimeMillis == 0 ? 0 : report.path("downtimeMillis").asDouble() / byHandDowntimeMillis;
    }

    /** What went otherwise than it must; empty if the demonstration holds. */
    public List<String> faults() {
        return Stream.of(
                fault(!report.path("outcome").asText().equals("completed"),
                        "the migration did not complete: " + report.path("reason").asText()),
                fault(clientFailure != null, "the client: " + clientFailure),
                fault(!sameProcess(), "the server was restarted: it was " + before + " and is " + after),
                fault(values != valuesIntact, "of " + values + " values " + valuesIntact + " are what they were"),
                fault(!tampered.path("outcome").asText().equals("refused"),
                        "the tampered host was not refused but " + tampered.path("outcome").asText()),
                fault(tampered.path("sentBytes").asLong() != 0,
                        tampered.path("sentBytes").asLong() + " bytes were sent to the tampered host"),
                fault(!tamperedRunsAtSource, "the container that was not moved does not run any more"))
                .filter(Objects::nonNull).toList();
    }

    private static String fault(boolean present, String what) {
        return present ? what : null;
    }
}
