package dev.caravan.journal;

/** The part that a platform plays in one migration. */
public enum Role {
    /** The platform that the container leaves: it speaks first, and it alone decides whether the migration commits. */
    SOURCE("source"),
    /** The platform that the container moves to: it answers. */
    DESTINATION("destination");

    private final String label;

    Role(String label) {
        this.label = label;
    }

    /** The word that stands for this role in hashes: fixed, never translated, never derived from the constant's name. */
    public String label() {
        return label;
    }

    /** The role at the other end. */
    public Role peer() {
        return this == SOURCE ? DESTINATION : SOURCE;
    }
}
