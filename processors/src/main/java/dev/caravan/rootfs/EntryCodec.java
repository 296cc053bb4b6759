package dev.caravan.rootfs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Entries as bytes. A list is: its count, then for each entry (numbers as in {@link WireWriter}):
 *
 * <pre>
 * shared, length, bytes   the path: how many bytes it shares with the path before it, and the rest
 * type                    one byte, {@link EntryType#code()}
 * unless a hard link      mode, uid, gid, mtime seconds (signed), mtime nanoseconds,
 *                         count of attributes, for each its name and value (length, bytes)
 * file                    size, then runs of chunks until all are there:
 *                         run &lt;&lt; 1 | 1 is a run of holes, run &lt;&lt; 1 a run of digests, which follow
 * symbolic or hard link   target (length, bytes)
 * device                  major, minor
 * </pre>
 */
final class EntryCodec {
    /** Far more than all chunks together, so that it is the manifest's weight that a large file exceeds. */
    private static final long MAX_FILE_BYTES = 1L << 50;
    private static final int LEAST_ENTRY_BYTES = 5;
    private static final SortedMap<String, String> NO_XATTRS = Collections.unmodifiableSortedMap(new TreeMap<>());
    private static final long UNSIGNED_INT = 0xffffffffL;

    private EntryCodec() {
    }

    static void write(WireWriter out, Collection<RootfsEntry> entries) {
        out.number(entries.size());
        String before = "";
        for (RootfsEntry entry : entries) {
            before = writePath(out, before, entry.path());
            out.octet(entry.type().code());
            if (entry.type() != EntryType.HARD_LINK) {
                writeMetadata(out, entry.metadata());
            }
            switch (entry.type()) {
                case FILE -> writeChunks(out, entry);
                case SYMLINK, HARD_LINK -> out.raw(entry.target());
                case CHARACTER_DEVICE, BLOCK_DEVICE -> {
                    out.number(entry.major());
                    out.number(entry.minor());
                }
                default -> {
                    continue;
                }
            }
        }
    }

    static List<RootfsEntry> read(WireReader in) throws ManifestRejected {
        int count = in.count(RootfsManifest.MAX_ENTRIES, LEAST_ENTRY_BYTES);
        List<RootfsEntry> entries = new ArrayList<>(count);
        ManifestWeight weight = new ManifestWeight();
        String before = "";
        for (int i = 0; i < count; i++) {
            TreePath path = readPath(in, before, weight);
            before = path.raw();
            EntryType type = EntryType.ofCode(in.octet());
            if (type == null) {
                throw new ManifestRejected(path + ": unknown type");
            }
            Metadata metadata = type == EntryType.HARD_LINK ? Metadata.NONE : readMetadata(in);
            entries.add(switch (type) {
                case DIRECTORY -> RootfsEntry.directory(path, metadata);
                case FILE -> readFile(in, path, metadata, weight);
                case SYMLINK -> RootfsEntry.symlink(path, metadata, in.raw(RootfsEntry.MAX_TARGET_BYTES));
                case FIFO -> RootfsEntry.fifo(path, metadata);
                case CHARACTER_DEVICE, BLOCK_DEVICE ->
                    RootfsEntry.device(path, type, metadata, (int) in.number(0xfff), (int) in.number(0xfffff));
                case HARD_LINK -> RootfsEntry.hardLink(path, new TreePath(in.raw(TreePath.MAX_BYTES)));
            });
        }
        return entries;
    }

    static void writePaths(WireWriter out, Collection<TreePath> paths) {
        out.number(paths.size());
        String before = "";
        for (TreePath path : paths) {
            before = writePath(out, before, path);
        }
    }

    static List<TreePath> readPaths(WireReader in) throws ManifestRejected {
        int count = in.count(RootfsManifest.MAX_ENTRIES, 2);
        List<TreePath> paths = new ArrayList<>(count);
        ManifestWeight weight = new ManifestWeight();
        String before = "";
        for (int i = 0; i < count; i++) {
            TreePath path = readPath(in, before, weight);
            before = path.raw();
            paths.add(path);
        }
        return paths;
    }

    private static String writePath(WireWriter out, String before, TreePath path) {
        String raw = path.raw();
        int shared = 0;
        while (shared < before.length() && shared < raw.length() && before.charAt(shared) == raw.charAt(shared)) {
            shared++;
        }
        out.number(shared);
        out.number(raw.length() - shared);
        out.rawFrom(raw, shared);
        return raw;
    }

    private static TreePath readPath(WireReader in, String before, ManifestWeight weight) throws ManifestRejected {
        int shared = (int) in.number(before.length());
        int length = (int) in.number(TreePath.MAX_BYTES - shared);
        // a path that shares most of the one before it takes far more than was sent
        weight.entry(shared + length);
        return new TreePath(before.substring(0, shared) + in.rawOf(length));
    }

    private static void writeMetadata(WireWriter out, Metadata metadata) {
        out.number(metadata.mode());
        out.number(metadata.uid() & UNSIGNED_INT);
        out.number(metadata.gid() & UNSIGNED_INT);
        out.signed(metadata.mtimeSeconds());
        out.number(metadata.mtimeNanos());
        out.number(metadata.xattrs().size());
        for (Map.Entry<String, String> xattr : metadata.xattrs().entrySet()) {
            out.raw(xattr.getKey());
            out.raw(xattr.getValue());
        }
    }

    private static Metadata readMetadata(WireReader in) throws ManifestRejected {
        int mode = (int) in.number(07777);
        int uid = (int) in.number(UNSIGNED_INT);
        int gid = (int) in.number(UNSIGNED_INT);
        long seconds = in.signed();
        int nanos = (int) in.number(999_999_999);
        int count = in.count(Metadata.MAX_XATTRS, 2);
        SortedMap<String, String> xattrs = count == 0 ? NO_XATTRS : new TreeMap<>();
        for (int i = 0; i < count; i++) {
            xattrs.put(in.raw(255), in.raw(Metadata.MAX_XATTR_BYTES));
        }
        return new Metadata(mode, uid, gid, seconds, nanos, xattrs);
    }

    private static void writeChunks(WireWriter out, RootfsEntry file) {
        out.number(file.size());
        List<ChunkDigest> chunks = file.chunks();
        int start = 0;
        while (start < chunks.size()) {
            boolean hole = chunks.get(start).equals(ChunkDigest.HOLE);
            int end = start + 1;
            while (end < chunks.size() && chunks.get(end).equals(ChunkDigest.HOLE) == hole) {
                end++;
            }
            out.number((long) (end - start) << 1 | (hole ? 1 : 0));
            for (int i = start; i < end && !hole; i++) {
                out.bytes(chunks.get(i).bytes());
            }
            start = end;
        }
    }

    private static RootfsEntry readFile(WireReader in, TreePath path, Metadata metadata, ManifestWeight weight)
            throws ManifestRejected {
        long size = in.number(MAX_FILE_BYTES);
        weight.chunks(RootfsEntry.chunkCount(size));
        int count = (int) RootfsEntry.chunkCount(size);
        List<ChunkDigest> chunks = new ArrayList<>();
        while (chunks.size() < count) {
            long run = in.number((long) (count - chunks.size()) << 1 | 1);
            int length = (int) (run >>> 1);
            if (length == 0) {
                throw new ManifestRejected(path + ": empty run of chunks");
            }
            for (int i = 0; i < length; i++) {
                ChunkDigest digest = (run & 1) == 1 ? ChunkDigest.HOLE : in.digest();
                if ((run & 1) == 0 && digest.equals(ChunkDigest.HOLE)) {
                    throw new ManifestRejected(path + ": a digest stands for a hole");
                }
                chunks.add(digest);
            }
        }
        return RootfsEntry.file(path, metadata, size, chunks);
    }
}
