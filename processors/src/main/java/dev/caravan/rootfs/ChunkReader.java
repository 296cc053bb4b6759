package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads wanted chunks from a tree that was scanned. Only bytes whose digest was asked for leave: whatever has changed
 * since the scan, or was never part of it, stays.
 */
public final class ChunkReader {
    private final Path root;
    private final RootfsManifest manifest;

    /** Takes encoded messages, {@link ChunkMessage}, in order. */
    @FunctionalInterface
    public interface Sink {

        void accept(byte[] message) throws IOException;
    }

    public ChunkReader(Path root, RootfsManifest manifest) {
        this.root = root;
        this.manifest = manifest;
    }

    /**
     * Reads chunks and hands them over in messages, at least one, the last one marked.
     *
     * @return the wanted chunks that are not there any more
     */
    public Set<ChunkDigest> read(Collection<ChunkDigest> wanted, Sink sink) throws IOException {
        Set<ChunkDigest> missing = new HashSet<>(wanted);
        Outbox outbox = new Outbox(sink);
        byte[] buffer = new byte[ChunkDigest.CHUNK_BYTES];
        for (RootfsEntry entry : manifest.entries()) {
            if (missing.isEmpty()) {
                break;
            }
            if (entry.type() == EntryType.FILE && entry.chunks().stream().anyMatch(missing::contains)) {
                read(entry, missing, buffer, outbox);
            }
        }
        outbox.finish();
        return missing;
    }

    private void read(RootfsEntry file, Set<ChunkDigest> missing, byte[] buffer, Outbox outbox) throws IOException {
        Path path = file.path().in(root);
        try {
            // A file that became a FIFO would block whoever opens it.
            if (FileStamp.of(path).type() != EntryType.FILE) {
                return;
            }
            try (SeekableByteChannel channel = Files.newByteChannel(path, StandardOpenOption.READ,
                    LinkOption.NOFOLLOW_LINKS)) {
                for (int i = 0; i < file.chunks().size(); i++) {
                    if (missing.contains(file.chunks().get(i))) {
                        channel.position((long) i * ChunkDigest.CHUNK_BYTES);
                        int length = FileContent.fill(channel, buffer, file.chunkLength(i));
                        if (ChunkDigest.of(buffer, length).equals(file.chunks().get(i))) {
                            missing.remove(file.chunks().get(i));
                            outbox.add(Arrays.copyOf(buffer, length));
                        }
                    }
                }
            }
        } catch (NoSuchFileException e) {
            return;
        }
    }

    /** Gathers chunks into messages. */
    private static final class Outbox {
        private final Sink sink;
        private final List<byte[]> chunks = new ArrayList<>();
        private int bytes = ChunkMessage.HEADER_BYTES;

        private Outbox(Sink sink) {
            this.sink = sink;
        }

        private void add(byte[] chunk) throws IOException {
            if (bytes + ChunkMessage.FRAME_BYTES + chunk.length > ChunkMessage.MAX_BYTES) {
                sink.accept(new ChunkMessage(false, chunks).encode());
                chunks.clear();
                bytes = ChunkMessage.HEADER_BYTES;
            }
            chunks.add(chunk);
            bytes += ChunkMessage.FRAME_BYTES + chunk.length;
        }

        private void finish() throws IOException {
            sink.accept(new ChunkMessage(true, chunks).encode());
        }
    }
}
