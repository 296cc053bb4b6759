package dev.caravan.migration;

import dev.caravan.journal.JournalledMigration;

/** A container takes part in one migration at a time. */
public final class AlreadyMigrating extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AlreadyMigrating(JournalledMigration other) {
        super(other.container() + " is being moved already, by migration " + other.id() + ", which is "
                + other.stage().label());
    }
}
