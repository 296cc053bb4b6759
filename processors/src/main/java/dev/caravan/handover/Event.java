package dev.caravan.handover;

import dev.caravan.control.ControlType;
import java.util.Arrays;
import java.util.Locale;

/** What one side of a migration hears, notices or is told: the only things that it acts on. */
public enum Event {
    /** An operator's request, verified, that names this platform as the source. */
    REQUEST,

    /** A message of the other side, by its type. */
    ATTEST_OFFER(ControlType.ATTEST_OFFER), ATTEST_ANSWER(ControlType.ATTEST_ANSWER), ATTEST_PROOF(
            ControlType.ATTEST_PROOF), ATTESTED(ControlType.ATTESTED), PREPARED(ControlType.PREPARED), SYNCED(
                    ControlType.SYNCED), HELD(ControlType.HELD), COMMIT(ControlType.COMMIT), RUNNING(
                            ControlType.RUNNING), RELEASED(ControlType.RELEASED), ABORT(
                                    ControlType.ABORT), QUERY(ControlType.QUERY), LOST(ControlType.LOST),

    /** The stream has brought the container's description. */
    DESCRIBED,
    /** The stream has brought the root file system, and it is built. */
    FILES_BUILT,
    /** The stream begins to bring memory: the container stands still. */
    MEMORY_ARRIVING,
    /** The stream has brought everything. */
    STREAM_COMPLETE,
    /** The stream ended before that. */
    STREAM_FAILED,
    /** The stream brought what it must not: the other side is not what it said. */
    BREACH,

    /** The restored container is at its gate; noticed after a restart of the agent. */
    GATE_REACHED,
    /** The restored container ended without its gate having been opened, and now never will be. */
    HELD_GONE,
    /** The gate is open and the container lives. */
    GATE_RUNS,
    /** The gate is open and the container ended, or never came to life. */
    GATE_ENDED,

    /** A reaction failed at one of its steps. */
    FAILED,
    /** The way back was to be journalled, and could not. */
    UNWRITTEN,
    /** Somebody who may wants the migration to end. */
    CANCELLED,
    /** Nothing was heard of the other side for as long as one waits. */
    SILENCE,
    /** The agent has started and found the migration in its journal. */
    RESTARTED,
    /** Time has passed: what the other side may not have heard is repeated, what failed is tried again. */
    LOOKED,
    /** A person, who has seen to it that no copy can run at the destination, says: the source's goes on. */
    RESOLVED_FOR_SOURCE,
    /** A person, who has seen to it that no copy can run at the source, says: the destination's goes on. */
    RESOLVED_FOR_DESTINATION;

    private final ControlType message;

    Event() {
        this(null);
    }

    Event(ControlType message) {
        this.message = message;
    }

    /** The event that a message of this type is. */
    public static Event of(ControlType type) {
        return Arrays.stream(values()).filter(event -> event.message == type).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no event for " + type));
    }

    /** The event's name in tables and logs, for example {@code stream-failed}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
