package dev.caravan.memory;

import dev.caravan.beneath.Deletion;
import dev.caravan.beneath.Directory;
import dev.caravan.beneath.OwnerOnly;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A directory for memory images, on either side: private while it exists, wiped after use (routes/docs/how-it-works.md). */
public final class ImageDirectory {

    private static final int CHUNK = 256 * ImageFragment.PAGE;

    private ImageDirectory() {
    }

    /** Makes a new directory with mode 0700 in an existing one, which must be on tmpfs. */
    public static Path create(Path parent, String name) throws IOException {
        return Files.createDirectory(parent.resolve(name),
                OwnerOnly.DIRECTORY);
    }

    /**
     * Overwrites every regular file with zeros, then removes the directory with all that is in it. Holes stay holes, so that
     * wiping takes no memory. Idempotent: a directory that is not there is wiped.
     *
     * @throws IOException when something in it cannot be removed, after all files were overwritten
     */
    public static void wipe(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    overwrite(file);
                }
            }
        }
        try (Directory top = Directory.open(directory)) {
            Deletion.empty(top);
        }
        Files.delete(directory);
    }

    private static void overwrite(Path path) throws IOException {
        byte[] bytes = new byte[CHUNK];
        byte[] zeros = new byte[CHUNK];
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS)) {
            long size = file.size();
            for (long at = 0; at < size;) {
                int length = file.read(ByteBuffer.wrap(bytes), at);
                if (length < 0) {
                    return;
                }
                for (int page = 0; page < length; page += ImageFragment.PAGE) {
                    int end = Math.min(page + ImageFragment.PAGE, length);
                    if (!ImageFragment.isZero(bytes, page, end)) {
                        file.write(ByteBuffer.wrap(zeros, page, end - page), at + page);
                    }
                }
                at += length;
            }
        }
    }
}
