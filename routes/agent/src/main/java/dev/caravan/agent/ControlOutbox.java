package dev.caravan.agent;

import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Control messages on their way to the broker. Those of one migration go one after the other, on a thread that no other
 * migration uses: a TPM or a broker may hang. What fails is tried again, with longer and longer pauses, until it succeeds,
 * until nobody wants it any more, or until {@link Migration#PATIENCE} is over: a broker that is away costs time.
 *
 * <p>What waits is bounded: one message of each type a migration, the latest.
 */
final class ControlOutbox {
    private static final Logger LOG = LoggerFactory.getLogger(ControlOutbox.class);
    private static final int MAX_MIGRATIONS = 1_000;
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    private final Transport transport;
    private final Map<UUID, ArrayDeque<Letter>> waiting = new HashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "control messages");
        thread.setDaemon(true);
        return thread;
    });

    /** Signs a message and hands it to the broker. */
    interface Transport {
        /**
         * @param delivery identity of this message; the broker takes it once, however often it is sent
         * @throws UnknownHost     if it never succeeds
         * @throws RuntimeException if it may succeed later
         */
        void send(ControlMessage message, UUID delivery);
    }

    /** There is no such agent. */
    static final class UnknownHost extends MigrationFailed {
        private static final long serialVersionUID = 1L;

        UnknownHost(ControlMessage message, Exception cause) {
            super("unknown-host", "destination is \"" + message.to()
                    + "\", which is no host that has joined; 'caravan list' shows all", cause);
        }
    }

    /** A message until it is sent; whoever needs it no more completes {@code sent}. */
    private record Letter(ControlMessage message, UUID delivery, long since, CompletableFuture<Void> sent) {
        boolean isLate() {
            return System.nanoTime() - since > Migration.PATIENCE.toNanos();
        }
    }

    ControlOutbox(Transport transport) {
        this.transport = transport;
    }

    /**
     * Has the message sent.
     *
     * @return completes once the broker has it, exceptionally with the last failure; to complete it calls the message back
     */
    CompletableFuture<Void> put(ControlMessage message) {
        Letter letter = new Letter(message, UUID.randomUUID(), System.nanoTime(), new CompletableFuture<>());
        synchronized (waiting) {
            ArrayDeque<Letter> queue = waiting.get(message.migrationId());
            if (queue == null) {
                if (waiting.size() >= MAX_MIGRATIONS) {
                    letter.sent().completeExceptionally(new IllegalStateException(
                            "messages of " + MAX_MIGRATIONS + " migrations wait for the broker already"));
                    return letter.sent();
                }
                queue = new ArrayDeque<>();
                waiting.put(message.migrationId(), queue);
                threads.execute(() -> carry(message.migrationId()));
            }
            supersede(queue, message.type());
            queue.add(letter);
        }
        return letter.sent();
    }

    private static void supersede(ArrayDeque<Letter> queue, ControlType type) {
        queue.removeIf(earlier -> earlier.message().type() == type && earlier.sent().cancel(false));
    }

    private void carry(UUID migration) {
        for (Letter letter = next(migration); letter != null; letter = next(migration)) {
            try {
                deliver(letter);
            } catch (InterruptedException e) {
                letter.sent().completeExceptionally(e);
            }
        }
    }

    private Letter next(UUID migration) {
        synchronized (waiting) {
            Letter letter = waiting.get(migration).poll();
            if (letter == null) {
                waiting.remove(migration);
            }
            return letter;
        }
    }

    private void deliver(Letter letter) throws InterruptedException {
        for (long pause = FIRST_PAUSE_MILLIS; !letter.sent().isDone(); pause = Math.min(2 * pause,
                LONGEST_PAUSE_MILLIS)) {
            try {
                transport.send(letter.message(), letter.delivery());
                letter.sent().complete(null);
            } catch (UnknownHost e) {
                letter.sent().completeExceptionally(e);
            } catch (RuntimeException e) {
                if (letter.isLate()) {
                    letter.sent().completeExceptionally(e);
                } else {
                    if (pause == FIRST_PAUSE_MILLIS) {
                        LOG.warn("{} of migration {} to {} is tried again: {}", letter.message().type().label(),
                                letter.message().migrationId(), letter.message().to(), e.getMessage());
                    }
                    TimeUnit.MILLISECONDS.sleep(pause);
                }
            }
        }
    }
}
