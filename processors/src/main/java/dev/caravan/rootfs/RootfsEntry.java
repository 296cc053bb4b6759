package dev.caravan.rootfs;

import java.util.List;

/**
 * One name in a root file system.
 *
 * @param path     where it is
 * @param type     what it is
 * @param metadata owner, mode, time, attributes; {@link Metadata#NONE} for a hard link
 * @param size     length of a file in bytes; else 0
 * @param chunks   digests of a file's chunks in order; else empty
 * @param target   what a symbolic link says, or the path that a hard link is another name of, one character a byte;
 *                 else empty
 * @param major    device number; 0 unless it is a device
 * @param minor    device number; 0 unless it is a device
 */
public record RootfsEntry(TreePath path, EntryType type, Metadata metadata, long size, List<ChunkDigest> chunks,
        String target, int major, int minor) {

    /** A symbolic link says at most this many bytes. */
    public static final int MAX_TARGET_BYTES = 4095;

    public RootfsEntry {
        chunks = List.copyOf(chunks);
    }

    public static RootfsEntry directory(TreePath path, Metadata metadata) {
        return new RootfsEntry(path, EntryType.DIRECTORY, metadata, 0, List.of(), "", 0, 0);
    }

    public static RootfsEntry file(TreePath path, Metadata metadata, long size, List<ChunkDigest> chunks) {
        return new RootfsEntry(path, EntryType.FILE, metadata, size, chunks, "", 0, 0);
    }

    public static RootfsEntry symlink(TreePath path, Metadata metadata, String target) {
        return new RootfsEntry(path, EntryType.SYMLINK, metadata, 0, List.of(), target, 0, 0);
    }

    public static RootfsEntry fifo(TreePath path, Metadata metadata) {
        return new RootfsEntry(path, EntryType.FIFO, metadata, 0, List.of(), "", 0, 0);
    }

    public static RootfsEntry device(TreePath path, EntryType type, Metadata metadata, int major, int minor) {
        return new RootfsEntry(path, type, metadata, 0, List.of(), "", major, minor);
    }

    public static RootfsEntry hardLink(TreePath path, TreePath first) {
        return new RootfsEntry(path, EntryType.HARD_LINK, Metadata.NONE, 0, List.of(), first.raw(), 0, 0);
    }

    /** The same with other metadata. */
    RootfsEntry with(Metadata other) {
        return new RootfsEntry(path, type, other, size, chunks, target, major, minor);
    }

    /** How many chunks a file of {@code size} bytes has. */
    static long chunkCount(long size) {
        return (size + ChunkDigest.CHUNK_BYTES - 1) / ChunkDigest.CHUNK_BYTES;
    }

    /** Length of a chunk of this file, in bytes. */
    int chunkLength(int index) {
        return (int) Math.min(ChunkDigest.CHUNK_BYTES, size - (long) index * ChunkDigest.CHUNK_BYTES);
    }

    /** Why there can be no such entry, whatever surrounds it, or null. */
    String whyNot() {
        String path = this.path.whyNot();
        if (path != null) {
            return path;
        }
        boolean file = type == EntryType.FILE;
        if (size < 0 || !file && (size != 0 || !chunks.isEmpty()) || file && chunkCount(size) != chunks.size()) {
            return "size and chunks do not match";
        }
        boolean link = type == EntryType.SYMLINK || type == EntryType.HARD_LINK;
        if (link == target.isEmpty() || target.length() > MAX_TARGET_BYTES || target.indexOf(0) >= 0) {
            return "link target is missing, too long or out of place";
        }
        if (type == EntryType.HARD_LINK && !metadata.equals(Metadata.NONE)) {
            return "a hard link has no metadata of its own";
        }
        if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff
                || !type.isDevice() && (major != 0 || minor != 0)) {
            return "device number is out of range or out of place";
        }
        return metadata.whyNot();
    }
}
