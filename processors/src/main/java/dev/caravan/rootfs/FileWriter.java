package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Writes files from the chunks of a store. */
final class FileWriter {
    private static final int PAGE = 4096;
    private static final FileAttribute<?> PRIVATE = PosixFilePermissions
            .asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Set<OpenOption> NEW = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW,
            LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> EXISTING = Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private final ChunkStore store;

    FileWriter(ChunkStore store) {
        this.store = store;
    }

    /** Makes a file; pages of zeros become holes. */
    void create(Path path, RootfsEntry file) throws IOException {
        try (FileChannel channel = FileChannel.open(path, NEW, PRIVATE)) {
            long end = 0;
            for (int i = 0; i < file.chunks().size(); i++) {
                if (!file.chunks().get(i).equals(ChunkDigest.HOLE)) {
                    end = writeSparse(channel, (long) i * ChunkDigest.CHUNK_BYTES, chunk(file, i), end);
                }
            }
            if (end < file.size()) {
                write(channel, file.size() - 1, new byte[1], 0, 1);
            }
        }
    }

    /** Changes a file where its chunks differ, and its length. */
    void revise(Path path, RootfsEntry before, RootfsEntry after) throws IOException {
        if (before.size() == after.size() && before.chunks().equals(after.chunks())) {
            return;
        }
        try (FileChannel channel = FileChannel.open(path, EXISTING)) {
            channel.truncate(after.size());
            for (int i = 0; i < after.chunks().size(); i++) {
                if (RootfsPlan.differs(before, after, i)) {
                    boolean hole = after.chunks().get(i).equals(ChunkDigest.HOLE);
                    byte[] bytes = hole ? new byte[after.chunkLength(i)] : chunk(after, i);
                    write(channel, (long) i * ChunkDigest.CHUNK_BYTES, bytes, 0, bytes.length);
                }
            }
        }
    }

    private byte[] chunk(RootfsEntry file, int index) throws IOException {
        ChunkDigest digest = file.chunks().get(index);
        byte[] chunk = store.read(digest).orElseThrow(() -> new ChunkMissing(file.path(), digest));
        if (chunk.length != file.chunkLength(index)) {
            throw new ManifestRejected(file.path() + ": a chunk has another length than its place in the file");
        }
        return chunk;
    }

    /** Writes the runs of pages that are not all 0, and returns where the last of them ended. */
    private static long writeSparse(FileChannel channel, long offset, byte[] bytes, long endBefore)
            throws IOException {
        long end = endBefore;
        int start = 0;
        while (start < bytes.length) {
            boolean zero = isZeroPage(bytes, start);
            int stop = start;
            while (stop < bytes.length && isZeroPage(bytes, stop) == zero) {
                stop = Math.min(bytes.length, stop + PAGE);
            }
            if (!zero) {
                write(channel, offset + start, bytes, start, stop);
                end = offset + stop;
            }
            start = stop;
        }
        return end;
    }

    private static boolean isZeroPage(byte[] bytes, int start) {
        return ChunkDigest.isZero(bytes, start, Math.min(bytes.length, start + PAGE));
    }

    private static void write(FileChannel channel, long position, byte[] bytes, int from, int to)
            throws IOException {
        ByteBuffer out = ByteBuffer.wrap(bytes, from, to - from);
        long at = position;
        while (out.hasRemaining()) {
            at += channel.write(out, at);
        }
    }
}
