package dev.caravan.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The end of a log file. */
final class LogTail {
    private static final int MAX_BYTES = 1 << 20;

    private LogTail() {
    }

    /** The last lines, of the last MiB at most; empty if there is no file. */
    static String of(Path log, int lines) {
        try (SeekableByteChannel channel = Files.newByteChannel(log)) {
            long start = Math.max(0, channel.size() - MAX_BYTES);
            ByteBuffer end = ByteBuffer.allocate((int) (channel.size() - start));
            channel.position(start);
            while (end.hasRemaining() && channel.read(end) >= 0) {
                continue;
            }
            List<String> all = new String(end.array(), 0, end.position(), StandardCharsets.UTF_8).lines().toList();
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException e) {
            return "";
        }
    }
}
