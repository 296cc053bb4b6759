package dev.caravan.criu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * What to restore, and how to hold it.
 *
 * @param id
 *            the container's name here
 * @param bundle
 *            the directory of its {@code config.json}, prepared by the caller; its root file system must be a real
 *            directory or a mount, not a symbolic link
 * @param imageDirectory
 *            what a checkpoint wrote
 * @param workDirectory
 *            for logs; made with mode 0700 if absent
 * @param gateDirectory
 *            of its {@link CommitGate}: one for each restore, on a file system without {@code noexec}
 * @param patience
 *            how long it may stand still on its way to the gate; as long as it gets on it may take as long as it needs
 * @param wanted
 *            whether it still is; asked now and then until the gate is reached
 */
public record RestoreSpec(String id, Path bundle, Path imageDirectory, Path workDirectory, Path gateDirectory,
        Duration patience, BooleanSupplier wanted) {

    /** Longest standstill by default. */
    public static final Duration DEFAULT_PATIENCE = Duration.ofMinutes(1);

    /** Refuses missing values. */
    public RestoreSpec {
        Objects.requireNonNull(id, "id");
        bundle = bundle.toAbsolutePath().normalize();
        imageDirectory = imageDirectory.toAbsolutePath().normalize();
        workDirectory = workDirectory.toAbsolutePath().normalize();
        gateDirectory = gateDirectory.toAbsolutePath().normalize();
        Objects.requireNonNull(patience, "patience");
        Objects.requireNonNull(wanted, "wanted");
    }

    /**
     * @param id
     *            see {@link RestoreSpec}
     * @param bundle
     *            see {@link RestoreSpec}
     * @param imageDirectory
     *            see {@link RestoreSpec}
     * @param workDirectory
     *            see {@link RestoreSpec}
     * @param gateDirectory
     *            see {@link RestoreSpec}
     * @return a restore with the default patience, wanted to its end
     */
    public static RestoreSpec of(String id, Path bundle, Path imageDirectory, Path workDirectory, Path gateDirectory) {
        return new RestoreSpec(id, bundle, imageDirectory, workDirectory, gateDirectory, DEFAULT_PATIENCE,
                () -> true);
    }
}
