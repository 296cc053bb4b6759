package dev.caravan.criu;

/** What a {@code criu:} endpoint does: the path of its URI, in lower case. */
public enum CriuOperation {
    /** Looks at what this machine offers; the body becomes an {@link EnvironmentReport}. */
    check,
    /** Tells of a container; the body becomes a {@link ContainerState}. */
    state,
    /** Freezes a container. */
    pause,
    /** Writes the image of a paused container. */
    checkpoint,
    /** Restores a container up to its commit gate; the body becomes a {@link HeldRestore}. */
    restore,
    /** Lets a paused container go on. */
    resume,
    /** Opens the commit gate; the body becomes a {@link HeldRestore.Outcome}. */
    release,
    /** Closes the commit gate and removes the restored container; the body becomes a {@link HeldRestore.Outcome}. */
    abandon,
    /** Kills a container and forgets it. */
    remove
}
