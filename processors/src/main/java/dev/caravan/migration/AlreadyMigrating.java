package dev.caravan.migration;

/** A container takes part in one migration at a time, at each side. */
public final class AlreadyMigrating extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AlreadyMigrating(Migration other) {
        super(other.container() + " is being moved already, by migration " + other.id());
    }
}
