package dev.caravan.beneath;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** What nobody but its owner may use, from the moment it is made. */
public final class OwnerOnly {
    /** Mode 0700. */
    public static final FileAttribute<Set<PosixFilePermission>> DIRECTORY = mode("rwx------");
    /** Mode 0600. */
    public static final FileAttribute<Set<PosixFilePermission>> FILE = mode("rw-------");

    private OwnerOnly() {
    }

    private static FileAttribute<Set<PosixFilePermission>> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    /** Makes a directory, and those above it, with mode 0700; what is there stays as it is. */
    public static Path directories(Path directory) throws IOException {
        return Files.createDirectories(directory, DIRECTORY);
    }

    /** Makes a file with mode 0600, open for writing; fails if there is anything of that name, a link for example. */
    public static FileChannel newFile(Path file) throws IOException {
        return FileChannel.open(file,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS), FILE);
    }
}
