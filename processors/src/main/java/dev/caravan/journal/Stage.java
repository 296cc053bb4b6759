package dev.caravan.journal;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The stages of a migration, in the order in which they happen. {@link #COMMITTING} in the source's journal is the
 * commit point: before it either side may abort, after it the migration only goes forward.
 */
public enum Stage {
    REQUESTED, ATTESTING, PREPARING, SYNCING, FREEZING, TRANSFERRING, RESTORING, COMMITTING, RELEASING, COMPLETED, ROLLING_BACK, ROLLED_BACK, REFUSED, CANCELLED, IN_DOUBT;

    private static final Set<Stage> FINAL = EnumSet.of(COMPLETED, ROLLED_BACK, REFUSED, CANCELLED, IN_DOUBT);
    private static final Set<Stage> BEFORE_COMMIT = EnumSet.range(REQUESTED, RESTORING);

    /** Whether nothing follows this stage. */
    public boolean isFinal() {
        return FINAL.contains(this);
    }

    /** Whether the container still belongs to the source and either side may abort. */
    public boolean isBeforeCommit() {
        return BEFORE_COMMIT.contains(this);
    }

    /** Whether the commit was decided. */
    public boolean isCommitted() {
        return this == COMMITTING || this == RELEASING || this == COMPLETED || this == IN_DOUBT;
    }

    /** Whether a migration may go from this stage to {@code next}: forward, or back before the commit. */
    public boolean mayBecome(Stage next) {
        if (isFinal()) {
            return false;
        }
        return switch (next) {
            case ROLLING_BACK -> isBeforeCommit();
            case ROLLED_BACK, REFUSED, CANCELLED -> this == ROLLING_BACK;
            case IN_DOUBT -> this == COMMITTING || this == RELEASING;
            default -> this != ROLLING_BACK && next.ordinal() > ordinal();
        };
    }

    /** The stage's name in messages, events and reports, for example {@code rolling-back}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The stage of that {@linkplain #label() label}. */
    public static Stage ofLabel(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
