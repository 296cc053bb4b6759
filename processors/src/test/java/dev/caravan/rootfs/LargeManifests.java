package dev.caravan.rootfs;

import java.nio.charset.StandardCharsets;

/** Manifests as a source may encode them that claims as much as it can. */
public final class LargeManifests {
    private LargeManifests() {
    }

    /** A claim: so many files of so many chunks, with paths of so many bytes of which almost all are shared. */
    public static byte[] files(int count, int chunksEach, int pathBytes) {
        WireWriter out = begin(1 + depth(pathBytes) + count);
        String before = "";
        String directory = "";
        for (int i = 0; i < depth(pathBytes); i++) {
            directory += (directory.isEmpty() ? "" : "/") + "d".repeat(200);
            before = entry(out, before, directory, EntryType.DIRECTORY);
        }
        for (int i = 0; i < count; i++) {
            before = entry(out, before, (directory.isEmpty() ? "" : directory + '/') + String.format("f%07d", i),
                    EntryType.FILE);
            // the last chunk of a file is one byte, so that there is room for all of them on the disk
            out.number(chunksEach == 0 ? 0 : (chunksEach - 1L) * ChunkDigest.CHUNK_BYTES + 1);
            if (chunksEach > 0) {
                out.number((long) chunksEach << 1);
            }
            for (int c = 0; c < chunksEach; c++) {
                out.bytes(new ChunkDigest(i + 1, c, 3, 4).bytes());
            }
        }
        return out.toByteArray();
    }

    /** A claim: one file of so many holes, in a few bytes. */
    public static byte[] holes(int chunks) {
        WireWriter out = begin(2);
        entry(out, "", "hole", EntryType.FILE);
        out.number((long) chunks * ChunkDigest.CHUNK_BYTES);
        out.number((long) chunks << 1 | 1);
        return out.toByteArray();
    }

    /** A claim of so many entries, with nothing behind it. */
    public static byte[] count(int entries) {
        WireWriter out = new WireWriter();
        out.bytes("CVR\1F".getBytes(StandardCharsets.ISO_8859_1));
        out.number(entries);
        return out.toByteArray();
    }

    private static int depth(int pathBytes) {
        return pathBytes / 201;
    }

    private static WireWriter begin(int entries) {
        WireWriter out = new WireWriter();
        out.bytes("CVR\1F".getBytes(StandardCharsets.ISO_8859_1));
        out.number(entries);
        entry(out, "", "", EntryType.DIRECTORY);
        return out;
    }

    private static String entry(WireWriter out, String before, String path, EntryType type) {
        int shared = 0;
        while (shared < before.length() && shared < path.length() && before.charAt(shared) == path.charAt(shared)) {
            shared++;
        }
        out.number(shared);
        out.number(path.length() - shared);
        out.rawFrom(path, shared);
        out.octet(type.code());
        out.bytes(new byte[6]);
        return path;
    }
}
