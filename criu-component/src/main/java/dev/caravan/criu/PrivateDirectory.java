package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Directories that nobody but their owner may use. */
final class PrivateDirectory {
    private PrivateDirectory() {
    }

    /** Makes a directory, and those above it, with mode 0700; what is there stays as it is. */
    static void make(Path directory) throws IOException {
        Files.createDirectories(directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
}
