package dev.caravan.stream;

/**
 * A batch that is not taken: it changes nothing but a count. Carries no stack trace, since whoever can write to the queue
 * can make as many of these as it likes.
 */
public final class BatchRejected extends Exception {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** Not a batch of this version, or its lengths contradict each other. */
        MALFORMED,
        /** A well-formed batch of another migration. */
        WRONG_MIGRATION,
        /** A batch of the other direction: our own, reflected. */
        WRONG_DIRECTION,
        /** Too far ahead of what is expected next, or beyond what one key may seal. */
        NUMBER_OUT_OF_RANGE,
        /** Forged, altered, truncated or sealed with another key. */
        NOT_AUTHENTIC,
        /** Authentic, but its content cannot be what the header says: the peer is broken. */
        BAD_CONTENT
    }

    private final Reason reason;

    public BatchRejected(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
