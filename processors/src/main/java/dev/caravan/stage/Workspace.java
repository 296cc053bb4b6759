package dev.caravan.stage;

import dev.caravan.beneath.Deletion;
import dev.caravan.beneath.Directory;
import dev.caravan.memory.ImageDirectory;
import dev.caravan.migration.MigrationFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Directories of a migration and of containers: made for their owner only, removed without a trace. */
final class Workspace {
    private static final Logger LOG = LoggerFactory.getLogger(Workspace.class);

    private Workspace() {
    }

    /** Ends the migration unless {@code directory} has room for so many bytes of the container. */
    static void requireRoom(String host, Path directory, long needed, String what, String container)
            throws IOException {
        long free = Files.getFileStore(directory).getUsableSpace();
        if (needed > free) {
            throw MigrationFailed.rollBack("no-room", String.format("%s has %d MiB free at %s for the %s of %s, which"
                    + " needs %d MiB; free some, or move it elsewhere", host, free >> 20, directory, what, container,
                    (needed >> 20) + 1));
        }
    }

    /** Wipes the images, which hold the container's memory, and removes the rest; nobody waits for the rest. */
    static void wipe(Path workspace) throws IOException {
        ImageDirectory.wipe(workspace.resolve("images"));
        tryToDelete(workspace);
    }

    /** Wipes the images, removes the gate and what was set aside; the logs stay, for whoever wants to know why. */
    static void wipeButLogs(Path workspace) throws IOException {
        ImageDirectory.wipe(workspace.resolve("images"));
        tryToDelete(workspace.resolve("gate"));
        tryToDelete(workspace.resolve("reserve"));
    }

    /** What is mounted there, by a CRIU that was killed for example, is in nobody's way. */
    private static void tryToDelete(Path tree) {
        try {
            delete(tree);
        } catch (IOException e) {
            LOG.warn("{} cannot be deleted: {}; unmount what is mounted there, and remove it by hand", tree,
                    e.getMessage());
        }
    }

    /** Deletes a tree, following no link even if something exchanges a directory for one meanwhile; there may be none. */
    static void delete(Path tree) throws IOException {
        if (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
            try (Directory top = Directory.open(tree)) {
                Deletion.empty(top);
            }
        }
        Files.deleteIfExists(tree);
    }
}
