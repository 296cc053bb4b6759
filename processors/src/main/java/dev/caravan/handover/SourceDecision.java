package dev.caravan.handover;

import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import java.util.Optional;
import java.util.UUID;

/** The source's answer to a destination that holds a container at the gate and asks whether to open it. */
public enum SourceDecision {
    /** The commit is journalled: open the gate. */
    COMMIT,
    /** It was not and never will be committed: close the gate. */
    ABORT,
    /** The source has not decided yet; it will speak for itself. */
    UNDECIDED;

    /**
     * What the source's journal says.
     *
     * <p>A migration that the journal does not know is undecided: nobody asks a source that never knew it, so that the
     * journal was lost or put back, and the commit may have been in it.
     *
     * <p>One that has not ended is undecided, also while a restarted agent cannot take it up again: the destination may
     * hold the only copy that is left.
     */
    public static SourceDecision of(Journal journal, UUID migration) {
        Optional<JournalledMigration> entry = journal.find(migration).filter(m -> m.role() == Role.SOURCE);
        if (entry.isEmpty()) {
            return UNDECIDED;
        }
        Stage stage = entry.get().stage();
        if (stage.isCommitted()) {
            return COMMIT;
        }
        return stage.isBeforeCommit() ? UNDECIDED : ABORT;
    }
}
