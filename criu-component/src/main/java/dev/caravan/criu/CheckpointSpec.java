package dev.caravan.criu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * What to write of a container, and where to.
 *
 * @param id
 *            the container's name
 * @param imageDirectory
 *            for CRIU's image files; made with mode 0700 if absent; must be empty
 * @param workDirectory
 *            for logs and CRIU's configuration; made if absent; not inside the image directory
 * @param networkLock
 *            how TCP connections are kept still
 * @param ghostLimit
 *            largest file in bytes that is open but deleted and may go into the image; CRIU's own limit is 1 MiB
 * @param timeout
 *            after which the dump is given up
 */
public record CheckpointSpec(String id, Path imageDirectory, Path workDirectory, NetworkLock networkLock,
        long ghostLimit, Duration timeout) {

    /** Largest deleted file by default: 1 GiB. */
    public static final long DEFAULT_GHOST_LIMIT = 1L << 30;

    /** Longest dump by default. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(10);

    /** Refuses missing values and a limit that is not positive. */
    public CheckpointSpec {
        Objects.requireNonNull(id, "id");
        imageDirectory = imageDirectory.toAbsolutePath().normalize();
        workDirectory = workDirectory.toAbsolutePath().normalize();
        Objects.requireNonNull(networkLock, "networkLock");
        Objects.requireNonNull(timeout, "timeout");
        if (ghostLimit <= 0) {
            throw new IllegalArgumentException("The limit for deleted files must be positive, not " + ghostLimit);
        }
    }

    /**
     * @param id
     *            see {@link CheckpointSpec}
     * @param imageDirectory
     *            see {@link CheckpointSpec}
     * @param workDirectory
     *            see {@link CheckpointSpec}
     * @return a checkpoint with CRIU's network lock and the default limits
     */
    public static CheckpointSpec of(String id, Path imageDirectory, Path workDirectory) {
        return new CheckpointSpec(id, imageDirectory, workDirectory, NetworkLock.IPTABLES, DEFAULT_GHOST_LIMIT,
                DEFAULT_TIMEOUT);
    }

    /**
     * @param lock
     *            how TCP connections are kept still
     * @return the same checkpoint with it
     */
    public CheckpointSpec withNetworkLock(NetworkLock lock) {
        return new CheckpointSpec(id, imageDirectory, workDirectory, lock, ghostLimit, timeout);
    }

    /**
     * @param bytes
     *            largest deleted file
     * @return the same checkpoint with it
     */
    public CheckpointSpec withGhostLimit(long bytes) {
        return new CheckpointSpec(id, imageDirectory, workDirectory, networkLock, bytes, timeout);
    }
}
