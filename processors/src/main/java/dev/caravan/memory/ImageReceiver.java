package dev.caravan.memory;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.image.ImageNames;
import dev.caravan.stream.Batch;
import dev.caravan.stream.BatchHandler;
import dev.caravan.stream.BatchKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Writes a round's image files as {@link ImageSender} sends them: new files with mode 0600 in a directory that the caller
 * made, on tmpfs, readable by nobody else. Zero pages become holes, which cost no memory.
 *
 * <p>The peer is authentic but not trusted with this machine's files: names are checked, nothing that exists is opened,
 * each file comes in order and once, and the bytes written are limited.
 *
 * <p>One round; called by the channel, one batch at a time. {@link #totals} and {@link #complete} may be used by any thread.
 */
public final class ImageReceiver implements BatchHandler, AutoCloseable {

    private static final int MAX_FILES = 65536;
    private static final int MAX_OPEN = 1024;
    // no file of the sender's can have this name
    private static final String RESERVE = ".reserve";
    private static final String MEMORY = "pages-";

    private final Path directory;
    private final long limit;
    private final Map<String, Growing> growing = new HashMap<>();
    private final Set<String> done = new HashSet<>();
    private final CompletableFuture<ImageTotals> complete = new CompletableFuture<>();
    private final ImageFragment.Sink files = new Fragments();
    private long written;
    private FileChannel reserve;
    private Growing fromReserve;
    private volatile ImageTotals totals = ImageTotals.NONE;

    /** A file that is being received and how far it is covered. */
    private static final class Growing {

        final FileChannel file;
        long covered;
        long writtenTo;

        Growing(FileChannel file) {
            this.file = file;
        }
    }

    /**
     * @param directory existing and empty, mode 0700, on tmpfs
     * @param limit     most bytes to write, holes not counted: what this platform has set aside for the container
     */
    public ImageReceiver(Path directory, long limit) {
        this.directory = directory;
        this.limit = limit;
    }

    /**
     * Sets memory aside for the memory files; the first of them gets it.
     *
     * @param bytes about what they will take
     * @throws IOException when there is not as much
     * @see MemoryReserve
     */
    public void reserve(long bytes) throws IOException {
        reserve = MemoryReserve.take(directory.resolve(RESERVE), bytes);
    }

    /** Takes an {@link BatchKind#IMAGE} or {@link BatchKind#END} batch. */
    @Override
    public void handle(Batch batch) throws IOException {
        if (complete.isDone()) {
            throw new IOException("an image batch after the end of the images");
        }
        if (batch.header().kind() == BatchKind.IMAGE) {
            ImageFragment.read(batch, files);
        } else if (batch.header().kind() == BatchKind.END) {
            end(batch);
        } else {
            throw new IllegalArgumentException("not an image batch: " + batch);
        }
    }

    /**
     * Completes with the totals when all files are there, each as long as the sender said; on the channel's delivery
     * thread, so what follows and takes long belongs to another one.
     */
    public CompletionStage<ImageTotals> complete() {
        return complete.minimalCompletionStage();
    }

    /** What has been received so far. */
    public ImageTotals totals() {
        return totals;
    }

    /** Closes the files; does not remove them, see {@link ImageDirectory#wipe}. To be called when no batch comes any more. */
    @Override
    public void close() throws IOException {
        for (Growing one : growing.values()) {
            one.file.close();
        }
        growing.clear();
        if (reserve != null) {
            reserve.close();
        }
        complete.completeExceptionally(new IOException("the images were not received to their end"));
    }

    private void end(Batch batch) throws IOException {
        ByteBuffer in = batch.content();
        if (in.remaining() != ImageFragment.END_BYTES || in.getInt() != done.size() || !growing.isEmpty()
                || in.getLong() != totals.bytes()) {
            throw new IOException("the images ended, but not all that was announced has come");
        }
        if (reserve != null) {
            Files.delete(directory.resolve(RESERVE));
        }
        complete.complete(totals);
    }

    private Growing file(String name) throws IOException {
        Growing known = growing.get(name);
        if (known != null) {
            return known;
        }
        if (!ImageNames.isKnown(name)) {
            throw new IOException("image file " + name + " is none that a checkpoint has");
        }
        if (done.contains(name) || done.size() >= MAX_FILES || growing.size() >= MAX_OPEN) {
            throw new IOException("image file " + name + " came again after its end, or is one too many");
        }
        Growing created;
        if (!name.startsWith(MEMORY)) {
            created = new Growing(OwnerOnly.newFile(directory.resolve(name)));
        } else if (reserve != null) {
            // fails if there is such a file
            Files.move(directory.resolve(RESERVE), directory.resolve(name));
            created = new Growing(reserve);
            reserve = null;
            fromReserve = created;
        } else {
            // memory files grow one after the other: what the first did not use is for the next
            trim();
            created = new Growing(OwnerOnly.newFile(directory.resolve(name)));
        }
        growing.put(name, created);
        return created;
    }

    private void trim() throws IOException {
        if (fromReserve != null && fromReserve.file.isOpen()) {
            fromReserve.file.truncate(fromReserve.covered);
        }
    }

    /** Puts fragments into files. */
    private final class Fragments implements ImageFragment.Sink {

        @Override
        public void data(String name, long offset, byte[] buffer, int at, int length) throws IOException {
            Growing target = file(name);
            written += length;
            if (offset < target.covered || written > limit) {
                throw new IOException(written > limit
                        ? "the images exceed " + limit + " bytes"
                        : "image file " + name
                                + " is not sent in order");
            }
            ByteBuffer data = ByteBuffer.wrap(buffer, at, length);
            while (data.hasRemaining()) {
                target.file.write(data, offset + data.position() - at);
            }
            target.writtenTo = offset + length;
        }

        @Override
        public void covered(String name, long offset, int length, int zeroPages) throws IOException {
            Growing target = file(name);
            if (offset != target.covered) {
                throw new IOException("image file " + name + " is not sent in order");
            }
            target.covered = offset + length;
            totals = totals.plus(name, length, zeroPages);
        }

        @Override
        public void end(String name, long length) throws IOException {
            Growing target = file(name);
            if (length != target.covered) {
                throw new IOException("image file " + name + " has " + target.covered + " of " + length + " bytes");
            }
            if (target == fromReserve) {
                trim();
            }
            if (target.writtenTo < length) {
                target.file.write(ByteBuffer.allocate(1), length - 1); // a hole at the end needs one byte behind it
            }
            target.file.close();
            growing.remove(name);
            done.add(name);
            totals = totals.plusFile();
        }
    }
}
