package dev.caravan.criu;

import java.nio.file.Path;

/**
 * What a runtime knows of a container.
 *
 * @param id
 *            its name
 * @param status
 *            what it does
 * @param pid
 *            its first process as the host counts; 0 if there is none
 * @param bundle
 *            the directory of its {@code config.json}; null if absent
 */
public record ContainerState(String id, Status status, int pid, Path bundle) {

    /** What a container does. One held at its commit gate counts as running: only its gate tells. */
    public enum Status {
        /** Its first process waits to be started. */
        CREATED,
        /** It runs. */
        RUNNING,
        /** It is frozen. */
        PAUSED,
        /** Its first process has ended. */
        STOPPED,
        /** The runtime does not know it. */
        ABSENT
    }

    static ContainerState absent(String id) {
        return new ContainerState(id, Status.ABSENT, 0, null);
    }
}
