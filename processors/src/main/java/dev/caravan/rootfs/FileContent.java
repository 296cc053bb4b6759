package dev.caravan.rootfs;

import dev.caravan.beneath.OpenFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a file held when it was read: its length in bytes and the digests of its chunks. */
record FileContent(long size, List<ChunkDigest> chunks) {
    static final FileContent EMPTY = new FileContent(0, List.of());

    /**
     * Reads a file that may be growing or shrinking: at most {@code limit} bytes, as many as there are.
     *
     * @param buffer      of {@link ChunkDigest#CHUNK_BYTES} bytes, overwritten
     * @param stillWanted called before each chunk; what it throws ends the reading
     */
    static FileContent read(OpenFile file, long limit, byte[] buffer, Runnable stillWanted) throws IOException {
        if (RootfsEntry.chunkCount(limit) > RootfsManifest.MAX_CHUNKS) {
            throw new IOException("a file of " + limit + " bytes is larger than can be moved");
        }
        List<ChunkDigest> chunks = new ArrayList<>();
        long size = 0;
        while (size < limit) {
            stillWanted.run();
            int length = file.read(buffer, (int) Math.min(buffer.length, limit - size), size);
            if (length == 0) {
                break;
            }
            chunks.add(ChunkDigest.of(buffer, length));
            size += length;
            if (length < buffer.length) {
                break;
            }
        }
        return new FileContent(size, chunks);
    }
}
