package dev.caravan.beneath;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Removes a tree, however deep: a container can make directories far deeper than a process may have descriptors open, so
 * what lies too deep is first moved up. Whoever changes the tree meanwhile only makes it take longer.
 */
public final class Deletion {
    private static final int MAX_DEPTH = 128;
    private static final int MAX_DISTURBANCES = 100_000;

    private final Directory top;
    private long moved;
    private int disturbances;
    private boolean again;

    private Deletion(Directory top) {
        this.top = top;
    }

    /**
     * Removes everything in a directory.
     *
     * @throws IOException if something cannot be removed, because something is mounted there for example
     */
    public static void empty(Directory directory) throws IOException {
        Deletion deletion = new Deletion(directory);
        do {
            deletion.again = false;
            deletion.empty(directory, 0);
        } while (deletion.again);
    }

    private void empty(Directory directory, int depth) throws IOException {
        directory.each(name -> {
            try {
                delete(directory, name, depth);
            } catch (NoSuchFileException | NotDirectoryException | DirectoryNotEmptyException | LinkInTheWay e) {
                if (++disturbances > MAX_DISTURBANCES) {
                    throw e;
                }
                again = true;
            }
        });
    }

    private void delete(Directory directory, String name, int depth) throws IOException {
        if (directory.removeUnlessDirectory(name)) {
            return;
        }
        if (depth >= MAX_DEPTH) {
            directory.move(name, top, ".caravan-deleted-" + moved++);
            again = true;
        } else {
            try (Directory below = directory.directory(name)) {
                empty(below, depth + 1);
            }
            directory.removeDirectory(name);
        }
    }
}
