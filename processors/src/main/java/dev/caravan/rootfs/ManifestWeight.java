package dev.caravan.rootfs;

/**
 * Adds up what the entries of a manifest take of an agent's memory, with all that it keeps of them while it moves them, and
 * refuses what would be too much before it is there. Both sides count alike, so a source refuses itself what its destination
 * would refuse.
 */
final class ManifestWeight {
    /**
     * A manifest weighs at most this many bytes, some 130,000 files of one chunk each: a manifest and a difference that
     * replaces all of it, twice this, take less than half of the advised heap of 512 MiB.
     */
    static final long MAX = 96L << 20;

    /** An entry without its strings: its records, its place in the manifest's map and in a plan's lists and sets. */
    private static final int ENTRY = 400;
    /** A chunk: its digest, its place in the entry, and in the sets of what is wanted, leased, stored. */
    private static final int CHUNK = 300;
    /** Another string. */
    private static final int STRING = 48;

    private long bytes;
    private int entries;
    private long chunks;

    /** One more entry with a path of so many bytes. */
    void entry(int pathBytes) throws ManifestRejected {
        entries++;
        add(ENTRY + pathBytes);
    }

    /** So many chunks more, holes included. */
    void chunks(long count) throws ManifestRejected {
        chunks += count;
        if (chunks > RootfsManifest.MAX_CHUNKS) {
            throw new ManifestRejected("the root file system is too large to be moved: its files have " + chunks
                    + " chunks together, and " + RootfsManifest.MAX_CHUNKS + " are allowed");
        }
        add(count * CHUNK);
    }

    /** One more string, an attribute or a link's target, of so many bytes. */
    void string(int length) throws ManifestRejected {
        add(STRING + length);
    }

    /** One more entry, whole. */
    void entry(RootfsEntry entry) throws ManifestRejected {
        entry(entry.path().raw().length());
        chunks(entry.chunks().size());
        if (!entry.target().isEmpty()) {
            string(entry.target().length());
        }
        for (var xattr : entry.metadata().xattrs().entrySet()) {
            string(xattr.getKey().length());
            string(xattr.getValue().length());
        }
    }

    long bytes() {
        return bytes;
    }

    private void add(long more) throws ManifestRejected {
        bytes += more;
        if (bytes > MAX) {
            throw new ManifestRejected("the root file system is too large to be moved: " + entries
                    + " of its entries, with their paths, attributes and chunks, take " + bytes
                    + " bytes of an agent's memory, and " + MAX
                    + " are allowed; take files out of it, or keep them on a"
                    + " mount");
        }
    }
}
