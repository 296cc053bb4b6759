package dev.caravan.migration;

import dev.caravan.journal.Stage;

/** Hears what happens to migrations on this platform; must not block and must not fail. */
public interface MigrationListener {
    /** A stage was journalled. */
    void entered(Migration migration, Stage stage, String reason);

    /** Bytes were sent or received. */
    void progressed(Migration migration);

    /** The migration has ended and has its report. */
    void ended(Migration migration);
}
