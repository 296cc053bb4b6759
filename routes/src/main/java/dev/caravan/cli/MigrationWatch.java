package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Follows the events of one migration until it has ended. */
final class MigrationWatch implements Consumer<JsonNode> {
    private static final Duration FIRST_SIGN = Duration.ofSeconds(20);

    private final UUID migration;
    private final Consumer<JsonNode> listener;
    private final CompletableFuture<Void> heard = new CompletableFuture<>();
    private final CompletableFuture<JsonNode> end = new CompletableFuture<>();

    MigrationWatch(UUID migration, Consumer<JsonNode> listener) {
        this.migration = migration;
        this.listener = listener;
    }

    @Override
    public void accept(JsonNode event) {
        if (!event.path("data").path("migrationId").asText().equals(migration.toString())) {
            return;
        }
        heard.complete(null);
        listener.accept(event);
        switch (event.path("type").asText()) {
            case dev.caravan.event.MigrationEvents.ENDED, dev.caravan.event.MigrationEvents.REJECTED ->
                end.complete(event.path("data"));
            default -> {
                // the migration goes on
            }
        }
    }

    /**
     * Waits for the end.
     *
     * @return the report, or the data of a rejection
     * @throws CommandFailed if no agent answers at all, or the end does not come in time
     */
    JsonNode await(Duration time) {
        try {
            try {
                heard.get(FIRST_SIGN.toSeconds(), TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw new CommandFailed(CommandFailed.ENVIRONMENT, "no agent took request " + migration + " within "
                        + FIRST_SIGN.toSeconds() + " s: is one connected to the broker? Nothing has been moved; the "
                        + "request expires by itself. 'caravan list' shows who answers.");
            }
            return end.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new CommandFailed(CommandFailed.IN_DOUBT, "migration " + migration + " has not ended after "
                    + time.toSeconds() + " s; it goes on by itself. 'caravan status " + migration
                    + "' says where it stands, 'caravan watch " + migration + "' follows it.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed(CommandFailed.IN_DOUBT,
                    "interrupted; migration " + migration + " goes on by itself");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
