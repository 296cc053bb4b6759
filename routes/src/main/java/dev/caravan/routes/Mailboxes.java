package dev.caravan.routes;

import dev.caravan.control.ControlType;
import dev.caravan.handover.Event;
import dev.caravan.handover.Reaction;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mailbox for each migration: what happens to it is put there by whoever hears of it, who never waits, and is handled one
 * event at a time, by a thread of Camel's. No migration waits for another.
 *
 * <p>What ends a migration makes what is done for it now fail at its next step, and is the next that is handled. Messages of
 * the other side are bounded: it repeats what matters.
 */
public final class Mailboxes {
    /** So many messages of the other side wait for one migration; what comes beyond that is dropped. */
    static final int CAPACITY = 64;

    private static final Logger LOG = LoggerFactory.getLogger(Mailboxes.class);

    private final Reactor reactor;
    private final ExecutorService executor;
    /** Those whose migration has something to handle, or is handling it. */
    private final ConcurrentHashMap<UUID, Mailbox> busy = new ConcurrentHashMap<>();

    private record Letter(Migration migration, Event event, Object body) {
    }

    /** Guarded by its entry in the map. */
    private static final class Mailbox {
        private final Deque<Letter> letters = new ArrayDeque<>();
        private boolean overflowing;
    }

    public Mailboxes(CamelContext context) {
        this.reactor = new Reactor(context.createProducerTemplate());
        this.executor = context.getExecutorServiceManager().newCachedThreadPool(this, "migration");
    }

    /**
     * Has an event handled that happens on this platform.
     *
     * @param body what comes with it: a reason, or what a step takes; may be null
     */
    public void post(Migration migration, Event event, Object body) {
        put(new Letter(migration, event, body), false);
    }

    /** Has a message of the other side handled, which must be verified and of the type's form. */
    public void deliver(Migration migration, ControlType type, Object body) {
        if (!reactor.reaction(migration, Event.of(type)).isNothing()) {
            migration.heard();
        }
        put(new Letter(migration, Event.of(type), body), true);
    }

    /**
     * Undoes, after a restart of the agent, what is to be undone then. What is not is looked at once the agent serves.
     *
     * @param why what is said of it
     */
    public void restarted(Migration migration, MigrationFailed why) {
        Event event = Reactor.noticed(migration, Event.RESTARTED);
        if (Reactor.givesUp(reactor.reaction(migration, event))) {
            post(migration, event, why);
        }
    }

    /** Gives the migration up if the other side is silent; else repeats what it may not have heard, if nothing else is done. */
    public void look(Migration migration) {
        if (migration.silence().compareTo(Migration.PATIENCE) > 0 && migration.aborted() == null
                && !reactor.reaction(migration, Event.SILENCE).isNothing()) {
            post(migration, Event.SILENCE, MigrationFailed.rollBack("silent",
                    String.format(Locale.ROOT, "nothing was heard of %s for %d s while %s", migration.peer(),
                            Migration.PATIENCE.toSeconds(), migration.stage().label())));
        } else if (isIdle(migration.id())) {
            post(migration, Event.LOOKED, null);
        }
    }

    /**
     * Has the end of the encrypted stream handled: whoever hears only that the other side is silent does not know why. What
     * comes on it that must not is a breach.
     */
    void watchStream(Migration migration) {
        migration.channel().ended().whenComplete((nothing, failure) -> {
            if (failure != null) {
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                post(migration, cause instanceof MigrationFailed ? Event.BREACH : Event.STREAM_FAILED, cause);
            }
        });
    }

    /** What would be done about the event now. */
    public Reaction reaction(Migration migration, Event event) {
        return reactor.reaction(migration, event);
    }

    /**
     * Cancels the migration.
     *
     * @return why it cannot be cancelled now: to end what has committed could leave two copies, and to end what the other side
     *         alone holds would leave none; empty if it is being cancelled
     */
    public Optional<String> cancel(Migration migration, MigrationFailed why) {
        if (reactor.reaction(migration, Event.CANCELLED).isNothing()) {
            String text = "migration " + migration.id() + " is " + migration.stage().label();
            return Optional.of(migration.stage().isBeforeCommit()
                    ? text + ": " + migration.peer()
                            + " may hold the only copy, or have committed; a cancellation here could end it"
                    : text + ": it has committed and cannot be cancelled");
        }
        post(migration, Event.CANCELLED, why);
        return Optional.empty();
    }

    private void put(Letter letter, boolean bounded) {
        Migration migration = letter.migration();
        boolean givesUp = Reactor.givesUp(reactor.reaction(migration, letter.event()));
        if (givesUp) {
            Reactor.giveUp(migration, letter.event(), letter.body());
        }
        busy.compute(migration.id(), (id, present) -> {
            Mailbox box = present == null ? new Mailbox() : present;
            if (givesUp) {
                box.letters.addFirst(letter);
            } else if (!bounded || box.letters.size() < CAPACITY) {
                box.letters.addLast(letter);
            } else if (!box.overflowing) {
                box.overflowing = true;
                LOG.warn("{} messages of {} wait for migration {}: more are dropped until some have been handled",
                        CAPACITY, migration.peer(), id);
            }
            if (present == null) {
                start(id);
            }
            return box;
        });
    }

    /** Whether nothing waits or is being done for a migration. */
    public boolean isIdle(UUID migration) {
        return !busy.containsKey(migration);
    }

    private void start(UUID id) {
        try {
            executor.execute(() -> handleAll(id));
        } catch (RejectedExecutionException e) {
            LOG.debug("migration {} is left to the next start of the agent", id, e);
        }
    }

    private void handleAll(UUID id) {
        for (Letter letter = next(id); letter != null; letter = next(id)) {
            try {
                reactor.react(letter.migration(), letter.event(), letter.body());
            } catch (RuntimeException e) {
                LOG.error("{} of migration {} cannot be handled now: {}", letter.event().label(), id, e.toString(), e);
            }
        }
    }

    /** The next to be handled; null if there is none, and then the mailbox is gone. */
    private Letter next(UUID id) {
        Letter[] next = new Letter[1];
        busy.computeIfPresent(id, (same, box) -> {
            next[0] = box.letters.pollFirst();
            box.overflowing = box.overflowing && !box.letters.isEmpty();
            return next[0] == null ? null : box;
        });
        return next[0];
    }
}
