package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caravan.event.MigrationEvents;
import dev.caravan.query.OperatorQuery;
import dev.caravan.wire.ClockDifference;
import dev.caravan.wire.Excerpt;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Answers to one query: the first of each host that is verified, and the unverified ones beside them. What is
 * unverified ends no waiting, or a forger who is quick would be all that is heard.
 */
final class Answers implements Consumer<HeardEvent> {
    /** Once somebody has answered, the others on the same broker are not far. */
    private static final Duration OTHERS = Duration.ofMillis(700);
    private static final int MAX_UNVERIFIED = 20;

    private final UUID query;
    private final String host;
    private final Map<String, HeardEvent> verified = new LinkedHashMap<>();
    private final Map<String, ClockDifference> clocks = new LinkedHashMap<>();
    private final Instant asked = Instant.now();
    private final List<HeardEvent> unverified = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition heard = lock.newCondition();

    /** @param host who was asked, or null for all */
    Answers(UUID query, String host) {
        this.query = query;
        this.host = host;
    }

    @Override
    public void accept(HeardEvent event) {
        if (!event.type().equals(MigrationEvents.REPLY)
                || !event.data().path("queryId").asText().equals(query.toString())) {
            return;
        }
        lock.lock();
        try {
            if (!event.verified()) {
                if (unverified.size() < MAX_UNVERIFIED) {
                    unverified.add(event);
                }
            } else if ((host == null || host.equals(event.speaker()))
                    && verified.putIfAbsent(event.speaker(), event) == null) {
                event.time().ifPresent(
                        time -> clocks.put(event.speaker(), ClockDifference.of(asked, time, Instant.now())));
                heard.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the host that was asked has answered or, if all were, until no more answers come.
     *
     * @throws CommandFailed if nobody answered at all
     */
    Answers await(Duration time) {
        lock.lock();
        try {
            long left = time.toNanos();
            while (left > 0 && (host == null || verified.isEmpty())) {
                int before = verified.size();
                long patience = verified.isEmpty() ? left : Math.min(left, OTHERS.toNanos());
                long unused = heard.awaitNanos(patience);
                if (verified.size() == before && unused <= 0) {
                    break;
                }
                left -= patience - Math.max(0, unused);
            }
            if (verified.isEmpty() && unverified.isEmpty()) {
                throw new CommandFailed(CommandFailed.ENVIRONMENT,
                        (host == null ? "no agent answered" : host + " did not answer") + " within "
                                + TimeUnit.NANOSECONDS.toSeconds(time.toNanos())
                                + " s: is its agent running and connected to the broker?");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return this;
    }

    /** The first verified answer of each host. */
    List<HeardEvent> verified() {
        lock.lock();
        try {
            return List.copyOf(verified.values());
        } finally {
            lock.unlock();
        }
    }

    /** By how much the clocks of those whose answers are verified differ from this host's. */
    Map<String, ClockDifference> clocks() {
        lock.lock();
        try {
            return Map.copyOf(clocks);
        } finally {
            lock.unlock();
        }
    }

    /** Why those did not serve the query who say so. */
    List<String> unserved() {
        return verified().stream().map(answer -> answer.data().path("result").path(OperatorQuery.STALE))
                .filter(JsonNode::isTextual).map(stale -> Excerpt.reason(stale.asText())).toList();
    }

    /** Requires at least one verified answer. */
    List<HeardEvent> requireVerified() {
        List<HeardEvent> answers = verified();
        if (answers.isEmpty()) {
            throw new CommandFailed(CommandFailed.REFUSED,
                    "no answer could be verified, so none was believed: " + doubts());
        }
        return answers;
    }

    /** Every row of every answer, marked as verified or not; an answer without rows that is unverified is one, too. */
    List<JsonNode> rows() {
        List<JsonNode> rows = new ArrayList<>();
        lock.lock();
        try {
            List<HeardEvent> all = new ArrayList<>(verified.values());
            all.addAll(unverified);
            for (HeardEvent answer : all) {
                int before = rows.size();
                for (JsonNode row : answer.data().path("result")) {
                    if (row.isObject()) {
                        rows.add(answer.marked(row));
                    }
                }
                if (!answer.verified() && rows.size() == before) {
                    rows.add(answer.marked(JsonNodeFactory.instance.objectNode().put("host", answer.from())));
                }
            }
        } finally {
            lock.unlock();
        }
        return rows;
    }

    /** What hosts show that their journals do not explain, for a person, a paragraph each; empty if there is none. */
    static String discrepancies(Iterable<JsonNode> rows) {
        StringBuilder text = new StringBuilder();
        for (JsonNode row : rows) {
            if (row.path("discrepancy").isTextual()) {
                text.append(System.lineSeparator()).append(System.lineSeparator())
                        .append(Excerpt.value(row.path("host").asText())).append(": ")
                        .append(Excerpt.reason(row.path("discrepancy").asText()));
            }
        }
        return text.toString();
    }

    /** Whether a row of {@link #rows} is verified, for a person. */
    static String mark(JsonNode row) {
        return row.path("verified").asBoolean() ? "yes" : "no: " + Excerpt.of(row.path("fault").asText(), 120);
    }

    /** Who answered without being verified, and why; empty if nobody did. */
    String doubts() {
        lock.lock();
        try {
            return String.join("; ", unverified.stream()
                    .map(answer -> "one said to be of \"" + Excerpt.value(answer.from()) + "\" is unverified: "
                            + answer.fault())
                    .distinct().toList());
        } finally {
            lock.unlock();
        }
    }
}
