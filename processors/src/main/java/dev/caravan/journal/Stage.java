package dev.caravan.journal;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The stages of a migration, in the order in which they happen. {@link #COMMITTING} in the source's journal is the
 * commit point: before it either side may abort, after it the migration only goes forward.
 */
public enum Stage {
    REQUESTED, ATTESTING, PREPARING, SYNCING, FREEZING, TRANSFERRING, RESTORING, COMMITTING, RELEASING, COMPLETED, ROLLING_BACK, ROLLED_BACK, REFUSED, CANCELLED, IN_DOUBT;

    private static final Set<Stage> FINAL = EnumSet.of(COMPLETED, ROLLED_BACK, REFUSED, CANCELLED);
    private static final Set<Stage> BEFORE_COMMIT = EnumSet.of(REQUESTED, ATTESTING, PREPARING, SYNCING, FREEZING,
            TRANSFERRING, RESTORING);
    private static final Map<Stage, Set<Stage>> NEXT = new EnumMap<>(Stage.class);

    static {
        NEXT.put(REQUESTED, EnumSet.of(ATTESTING, ROLLING_BACK));
        NEXT.put(ATTESTING, EnumSet.of(PREPARING, ROLLING_BACK));
        NEXT.put(PREPARING, EnumSet.of(SYNCING, ROLLING_BACK));
        // the destination knows no freezing
        NEXT.put(SYNCING, EnumSet.of(FREEZING, TRANSFERRING, ROLLING_BACK));
        NEXT.put(FREEZING, EnumSet.of(TRANSFERRING, ROLLING_BACK));
        NEXT.put(TRANSFERRING, EnumSet.of(RESTORING, ROLLING_BACK));
        NEXT.put(RESTORING, EnumSet.of(COMMITTING, ROLLING_BACK));
        NEXT.put(COMMITTING, EnumSet.of(RELEASING, IN_DOUBT, ROLLING_BACK));
        NEXT.put(RELEASING, EnumSet.of(COMPLETED));
        NEXT.put(IN_DOUBT, EnumSet.of(RELEASING, COMPLETED, ROLLING_BACK, ROLLED_BACK));
        NEXT.put(ROLLING_BACK, EnumSet.of(ROLLED_BACK, REFUSED, CANCELLED));
    }

    /** Whether nothing follows this stage. In doubt is not the end: a person, or the other side, may resolve it. */
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

    /** Whether a migration may go from this stage to {@code next}; {@code handover.Protocol} says when it does. */
    public boolean mayBecome(Stage next) {
        return NEXT.getOrDefault(this, Set.of()).contains(next);
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
