package dev.caravan.criu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A log of CRIU, of which the end is kept. runc has CRIU tell everything: of some hundred processes that is gigabytes,
 * on a tmpfs. CRIU appends, so what is cut off below its hands is gone and no hole is left.
 *
 * @param path
 *            where CRIU writes
 */
record BoundedLog(Path path) {

    /** How long the log may get before what it holds is set aside, in bytes. */
    static final long MAX_BYTES = 2 << 20;

    /** What was set aside last. */
    Path earlier() {
        return path.resolveSibling(path.getFileName() + ".1");
    }

    /** Forgets an earlier operation's. */
    void clear() throws IOException {
        Files.deleteIfExists(path);
        Files.deleteIfExists(earlier());
    }

    /** Sets aside what the log holds if that is much. A few lines that are being written may be lost. */
    void cut() throws IOException {
        if (!Files.exists(path) || Files.size(path) <= MAX_BYTES) {
            return;
        }
        try {
            Files.copy(path, earlier(), StandardCopyOption.REPLACE_EXISTING);
        } finally {
            try (FileChannel log = FileChannel.open(path, StandardOpenOption.WRITE)) {
                log.truncate(0);
            }
        }
    }
}
