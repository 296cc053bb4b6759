package dev.caravan.rootfs;

import dev.caravan.beneath.Directory;
import dev.caravan.beneath.OpenFile;
import java.io.IOException;

/** Writes files from the chunks of a store. */
final class FileWriter {
    private static final int PAGE = 4096;

    private final ChunkStore.SourceChunks chunks;

    FileWriter(ChunkStore.SourceChunks chunks) {
        this.chunks = chunks;
    }

    /** Makes a file; pages of zeros become holes. */
    void create(Directory directory, RootfsEntry file) throws IOException {
        try (OpenFile out = directory.create(file.path().name())) {
            for (int i = 0; i < file.chunks().size(); i++) {
                if (!file.chunks().get(i).equals(ChunkDigest.HOLE)) {
                    writeSparse(out, (long) i * ChunkDigest.CHUNK_BYTES, chunk(file, i));
                }
            }
            out.resize(file.size());
        }
    }

    /** Changes a file where its chunks differ, and its length. */
    void revise(Directory directory, RootfsEntry before, RootfsEntry after) throws IOException {
        if (before.size() == after.size() && before.chunks().equals(after.chunks())) {
            return;
        }
        try (OpenFile out = directory.write(after.path().name())) {
            out.resize(after.size());
            for (int i = 0; i < after.chunks().size(); i++) {
                if (RootfsPlan.differs(before, after, i)) {
                    boolean hole = after.chunks().get(i).equals(ChunkDigest.HOLE);
                    byte[] bytes = hole ? new byte[after.chunkLength(i)] : chunk(after, i);
                    out.write(bytes, 0, bytes.length, (long) i * ChunkDigest.CHUNK_BYTES);
                }
            }
        }
    }

    private byte[] chunk(RootfsEntry file, int index) throws IOException {
        ChunkDigest digest = file.chunks().get(index);
        byte[] chunk = chunks.read(digest).orElseThrow(() -> new ChunkMissing(file.path(), digest));
        if (chunk.length != file.chunkLength(index)) {
            throw new ManifestRejected(file.path() + ": a chunk has another length than its place in the file");
        }
        return chunk;
    }

    /** Writes the runs of pages that are not all 0. */
    private static void writeSparse(OpenFile out, long offset, byte[] bytes) throws IOException {
        int start = 0;
        while (start < bytes.length) {
            boolean zero = isZeroPage(bytes, start);
            int stop = start;
            while (stop < bytes.length && isZeroPage(bytes, stop) == zero) {
                stop = Math.min(bytes.length, stop + PAGE);
            }
            if (!zero) {
                out.write(bytes, start, stop, offset + start);
            }
            start = stop;
        }
    }

    private static boolean isZeroPage(byte[] bytes, int start) {
        return ChunkDigest.isZero(bytes, start, Math.min(bytes.length, start + PAGE));
    }
}
