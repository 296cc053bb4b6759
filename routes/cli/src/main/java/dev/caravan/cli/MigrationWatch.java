package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.event.MigrationEvents;
import dev.caravan.request.MigrationRequest;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Follows the events of one migration until it has ended. It believes the migration's source and destination alone, and
 * each of them no event twice; who they are is in the request or, for a migration that another program asked for, in
 * the first verified event of it.
 */
final class MigrationWatch implements Consumer<HeardEvent> {
    private static final Duration FIRST_SIGN = Duration.ofSeconds(20);

    private final UUID migration;
    private final Consumer<HeardEvent> listener;
    private final Set<String> told = new HashSet<>();
    private final CompletableFuture<Void> heard = new CompletableFuture<>();
    private final CompletableFuture<JsonNode> end = new CompletableFuture<>();
    private String source;
    private String destination;
    private volatile HeardEvent doubted;

    private MigrationWatch(UUID migration, String source, String destination, Consumer<HeardEvent> listener) {
        this.migration = migration;
        this.source = source;
        this.destination = destination;
        this.listener = listener;
    }

    /** Of a migration that is about to be asked for. */
    static MigrationWatch of(MigrationRequest request, Consumer<HeardEvent> listener) {
        return new MigrationWatch(request.id(), request.source(), request.destination(), listener);
    }

    /** Of a migration that another program asked for. */
    static MigrationWatch of(UUID migration, Consumer<HeardEvent> listener) {
        return new MigrationWatch(migration, null, null, listener);
    }

    @Override
    public synchronized void accept(HeardEvent event) {
        if (!event.data().path("migrationId").asText().equals(migration.toString())) {
            return;
        }
        String doubt = event.verified() ? doubt(event) : event.fault();
        if (doubt != null) {
            doubted = event.doubted(doubt);
            listener.accept(doubted);
            return;
        }
        heard.complete(null);
        listener.accept(event);
        switch (event.type()) {
            case MigrationEvents.ENDED, MigrationEvents.REJECTED -> {
                ObjectNode told = event.data().deepCopy();
                end.complete(told.put("verified", true).put("signedBy", event.speaker()));
            }
            default -> {
                // the migration goes on
            }
        }
    }

    /** Why a verified event is not believed all the same, or null. */
    private String doubt(HeardEvent event) {
        JsonNode data = event.data();
        boolean rejection = event.type().equals(MigrationEvents.REJECTED);
        if (rejection && heard.isDone()) {
            return event.speaker() + " says that it was not accepted, but it has begun";
        }
        boolean names = data.path("source").isTextual() && data.path("destination").isTextual();
        if (source == null && names) {
            source = data.path("source").asText();
            destination = data.path("destination").asText();
        }
        if (names && !(data.path("source").asText().equals(source)
                && data.path("destination").asText().equals(destination))) {
            return event.speaker() + " speaks of a migration from " + data.path("source").asText() + " to "
                    + data.path("destination").asText() + ", but it goes from " + source + " to " + destination;
        }
        if (source == null) {
            return rejection || event.type().equals(MigrationEvents.PROGRESS)
                    ? null
                    : "it names neither source nor destination";
        }
        if (!rejection && !event.speaker().equals(source) && !event.speaker().equals(destination)) {
            return event.speaker() + " has no part in it: it goes from " + source + " to " + destination;
        }
        return event.type().equals(MigrationEvents.PROGRESS) || rejection ? null : repetition(event);
    }

    /** No event is news twice. Times do not tell: a clock may be set back meanwhile. */
    private String repetition(HeardEvent event) {
        String id = event.json().path("id").asText();
        return told.add(event.speaker() + " " + id) ? null : event.speaker() + " was heard of by this event before";
    }

    /**
     * Waits for the end.
     *
     * @return the report, or the data of a rejection, with who signed it
     * @throws CommandFailed if no agent answers at all, or the end does not come in time
     */
    JsonNode await(Duration time) {
        try {
            try {
                heard.get(FIRST_SIGN.toSeconds(), TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw new CommandFailed(CommandFailed.ENVIRONMENT, "no agent took request " + migration + " within "
                        + FIRST_SIGN.toSeconds() + " s: is one connected to the broker? Nothing has been moved; the "
                        + "request expires by itself. 'caravan list' shows who answers." + unverified());
            }
            return end.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new CommandFailed(CommandFailed.IN_DOUBT, "migration " + migration + " has not ended after "
                    + time.toSeconds() + " s; it goes on by itself. 'caravan status " + migration
                    + "' says where it stands, 'caravan watch " + migration + "' follows it." + unverified());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed(CommandFailed.IN_DOUBT,
                    "interrupted; migration " + migration + " goes on by itself");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** What was heard and not believed. */
    private String unverified() {
        HeardEvent last = doubted;
        if (last == null) {
            return "";
        }
        String said = last.data().path("stage").asText(last.data().path("outcome").asText());
        return " What was heard and not believed, last: \"" + said + "\", said to be of \"" + last.from()
                + "\"; unverified: " + last.fault() + ".";
    }
}
