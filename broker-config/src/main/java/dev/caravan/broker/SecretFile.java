package dev.caravan.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Files that hold secrets: read only if nobody but their owner can. */
public final class SecretFile {
    private static final int MAX_BYTES = 4096;
    private static final Set<PosixFilePermission> OWNER = EnumSet.of(PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private SecretFile() {
    }

    /**
     * Checks that {@code file} exists and that only its owner may use it.
     *
     * @throws IllegalArgumentException naming the file and what to do
     */
    public static Path requirePrivate(Path file) {
        try {
            if (!Files.isReadable(file)) {
                throw new IllegalArgumentException("cannot read " + file);
            }
            if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
                throw new IllegalArgumentException(
                        file + " holds secrets and can be used by others: run chmod 600 " + file);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /**
     * The one secret in {@code file}, without the line end.
     *
     * @throws IllegalArgumentException if the file is empty, too long or open to others
     */
    public static String read(Path file) {
        requirePrivate(file);
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(file + " is longer than " + MAX_BYTES + " bytes");
            }
            String secret = Files.readString(file).strip();
            if (secret.isEmpty()) {
                throw new IllegalArgumentException(file + " is empty; a password is expected");
            }
            return secret;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
