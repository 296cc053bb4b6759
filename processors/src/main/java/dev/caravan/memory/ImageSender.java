package dev.caravan.memory;

import dev.caravan.stream.BatchKind;
import dev.caravan.stream.BatchSink;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Streams a directory of CRIU images while CRIU writes it: the pages-*.img files, which CRIU only appends to, are followed
 * as they grow; all other files, which it rewrites at will, go when the dump has ended. So most of the sending happens
 * during the dump and not after it: the container is frozen for both.
 *
 * <p>One round, one thread; {@link #totals} may be read by any.
 */
public final class ImageSender {

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Path directory;
    private final int round;
    private final BatchSink sink;
    private final ImageFragment.Writer writer = new ImageFragment.Writer();
    private final Map<String, Followed> followed = new TreeMap<>();
    private volatile ImageTotals totals = ImageTotals.NONE;

    /** A memory file and how far it has been sent. */
    private static final class Followed {

        final FileChannel file;
        long sent;
        long seen;

        Followed(FileChannel file) {
            this.file = file;
        }
    }

    /**
     * @param directory where CRIU writes, or wrote, its images: regular files only
     * @param round     pre-copy round, 0 when there is only one
     * @param sink      the channel to the destination
     */
    public ImageSender(Path directory, int round, BatchSink sink) {
        this.directory = directory;
        this.round = round;
        this.sink = sink;
    }

    /**
     * Sends everything, and then the end mark. Returns when all of it is sent; it may not be acknowledged yet.
     *
     * @param dumpEnded whether CRIU has written its last byte. Asked about every millisecond; what it throws (a dump that
     *                  failed) ends the sending without the end mark
     * @return what was sent
     * @throws IOException when a file cannot be read, or the channel ended
     */
    public ImageTotals stream(BooleanSupplier dumpEnded) throws IOException {
        try {
            // asked before looking: what was written before the end is then seen
            while (!dumpEnded.getAsBoolean()) {
                discover();
                if (!follow(false)) {
                    LockSupport.parkNanos(POLL_NANOS);
                }
                if (Thread.interrupted()) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("interrupted while images are sent");
                }
            }
            discover();
            follow(true);
            endMemoryFiles();
            sendOtherFiles();
            flush();
            byte[] end = ByteBuffer.allocate(ImageFragment.END_BYTES).putInt((int) totals.files())
                    .putLong(totals.bytes())
                    .array();
            sink.send(BatchKind.END, round, false, end, 0, end.length);
            return totals;
        } finally {
            for (Followed memory : followed.values()) {
                memory.file.close();
            }
        }
    }

    /** What has been sent so far. */
    public ImageTotals totals() {
        return totals;
    }

    private void discover() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "pages-*.img")) {
            for (Path path : files) {
                String name = directory.relativize(path).toString();
                if (!followed.containsKey(name)) {
                    followed.put(name, new Followed(open(path, name)));
                }
            }
        }
    }

    /** Sends what has been added to the memory files, in full batches while they grow; false if there was nothing to do. */
    private boolean follow(boolean complete) throws IOException {
        boolean worked = false;
        for (Map.Entry<String, Followed> entry : followed.entrySet()) {
            String name = entry.getKey();
            Followed memory = entry.getValue();
            long size = memory.file.size();
            boolean resting = complete || size == memory.seen;
            memory.seen = size;
            int room = writer.room(name);
            long ready = size - memory.sent;
            if (!complete) {
                ready -= ready % ImageFragment.PAGE;
            }
            while (ready >= room || resting && ready > 0) {
                int length = (int) Math.min(ready, room);
                add(name, memory.file, memory.sent, length);
                flush();
                memory.sent += length;
                ready -= length;
                worked = true;
            }
        }
        return worked;
    }

    private void endMemoryFiles() throws IOException {
        for (Map.Entry<String, Followed> entry : followed.entrySet()) {
            end(entry.getKey(), entry.getValue().sent);
        }
    }

    private void sendOtherFiles() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path path : files) {
                String name = directory.relativize(path).toString();
                if (!followed.containsKey(name)) {
                    sendWhole(path, name);
                }
            }
        }
    }

    private void sendWhole(Path path, String name) throws IOException {
        try (FileChannel file = open(path, name)) {
            long size = file.size();
            for (long sent = 0; sent < size;) {
                int room = writer.room(name);
                if (room == 0) {
                    flush();
                    continue;
                }
                int length = (int) Math.min(size - sent, room);
                add(name, file, sent, length);
                sent += length;
            }
            end(name, size);
        }
    }

    private void add(String name, FileChannel file, long offset, int length) throws IOException {
        int zeros = writer.content(name, file, offset, length);
        totals = totals.plus(name, length, zeros);
    }

    private void end(String name, long length) throws IOException {
        if (!writer.hasRoomForEnd(name)) {
            flush();
        }
        writer.end(name, length);
        totals = totals.plusFile();
    }

    private void flush() throws IOException {
        if (writer.length() > 0) {
            sink.send(BatchKind.IMAGE, round, false, writer.buffer(), 0, writer.length());
            writer.clear();
        }
    }

    private static FileChannel open(Path path, String name) throws IOException {
        if (!ImageFragment.isName(name) || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("not an image file: " + path);
        }
        return FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }
}
