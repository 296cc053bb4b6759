package dev.caravan.rootfs;

import dev.caravan.beneath.Directory;
import dev.caravan.beneath.LinkInTheWay;
import dev.caravan.beneath.NotRegular;
import dev.caravan.beneath.OpenFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
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

    /** Takes messages in order. */
    @FunctionalInterface
    public interface Sink {

        void accept(ChunkMessage message) throws IOException;
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
        try (Tree tree = new Tree(root)) {
            for (RootfsEntry entry : manifest.entries()) {
                if (missing.isEmpty()) {
                    break;
                }
                if (entry.type() == EntryType.FILE && entry.chunks().stream().anyMatch(missing::contains)) {
                    read(tree, entry, missing, buffer, outbox);
                }
            }
        }
        outbox.finish();
        return missing;
    }

    private static void read(Tree tree, RootfsEntry file, Set<ChunkDigest> missing, byte[] buffer, Outbox outbox)
            throws IOException {
        try (OpenFile in = tree.holding(file.path()).read(file.path().name())) {
            for (int i = 0; i < file.chunks().size(); i++) {
                if (missing.contains(file.chunks().get(i))) {
                    int length = in.read(buffer, file.chunkLength(i), (long) i * ChunkDigest.CHUNK_BYTES);
                    if (ChunkDigest.of(buffer, length).equals(file.chunks().get(i))) {
                        missing.remove(file.chunks().get(i));
                        outbox.add(Arrays.copyOf(buffer, length));
                    }
                }
            }
        } catch (NoSuchFileException | NotDirectoryException | LinkInTheWay | NotRegular e) {
            // it has changed since it was scanned: its chunks are missing
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
                sink.accept(new ChunkMessage(false, chunks));
                chunks.clear();
                bytes = ChunkMessage.HEADER_BYTES;
            }
            chunks.add(chunk);
            bytes += ChunkMessage.FRAME_BYTES + chunk.length;
        }

        private void finish() throws IOException {
            sink.accept(new ChunkMessage(true, chunks));
        }
    }
}
