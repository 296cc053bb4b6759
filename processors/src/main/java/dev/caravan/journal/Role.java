package dev.caravan.journal;

/** The part that a platform plays in one migration. */
public enum Role {
    /** The platform that the container leaves; it alone decides whether the migration commits. */
    SOURCE,
    /** The platform that the container moves to. */
    DESTINATION
}
