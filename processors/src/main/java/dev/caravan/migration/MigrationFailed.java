package dev.caravan.migration;

import dev.caravan.event.Outcome;

/**
 * A migration cannot go on. Before the commit this means that the container stays at the source.
 */
public class MigrationFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Outcome outcome;
    private final String error;

    /**
     * @param outcome how the migration ends
     * @param error   a short code for programs, for example {@code no-room}
     * @param reason  one sentence for people
     */
    public MigrationFailed(Outcome outcome, String error, String reason) {
        super(reason);
        this.outcome = outcome;
        this.error = error;
    }

    /** A failure that rolls back, caused by {@code cause}. */
    public MigrationFailed(String error, String reason, Throwable cause) {
        super(reason, cause);
        this.outcome = Outcome.ROLLED_BACK;
        this.error = error;
    }

    /** A failure that rolls back. */
    public static MigrationFailed rollBack(String error, String reason) {
        return new MigrationFailed(Outcome.ROLLED_BACK, error, reason);
    }

    /** A refusal by policy or because a signature, certificate or quote does not hold. */
    public static MigrationFailed refused(String error, String reason) {
        return new MigrationFailed(Outcome.REFUSED, error, reason);
    }

    public Outcome outcome() {
        return outcome;
    }

    public String error() {
        return error;
    }
}
