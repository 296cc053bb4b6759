package dev.caravan.session;

/** The part that a platform plays in one migration. */
public enum Role {

    /** Gives the container away; speaks first. */
    SOURCE("source"),

    /** Receives the container; answers. */
    DESTINATION("destination");

    private final String label;

    Role(String label) {
        this.label = label;
    }

    /** The word that stands for this role in hashes: fixed, never translated, never derived from the constant's name. */
    public String label() {
        return label;
    }

    /** The role at the other end of the session. */
    public Role peer() {
        return this == SOURCE ? DESTINATION : SOURCE;
    }
}
