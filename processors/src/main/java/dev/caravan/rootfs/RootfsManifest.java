package dev.caravan.rootfs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A root file system as a list: every name with its metadata, every file as digests of its chunks. Whoever holds one
 * can rely on it: paths stay below the root, are unique and sorted, and are in directories that come before them (never
 * below a symbolic link); a hard link names an earlier entry that is neither a directory nor a link itself.
 */
public final class RootfsManifest {
    /** A manifest has at most this many entries, as {@link ManifestWeight} allows if they are empty. */
    public static final int MAX_ENTRIES = 1 << 18;
    /** All files together have at most this many chunks, holes included: about 256 GiB. */
    public static final int MAX_CHUNKS = 1 << 18;
    /** Nothing at all, not even a root. */
    public static final RootfsManifest EMPTY = new RootfsManifest(Collections.emptyMap(), 0);

    private final Map<TreePath, RootfsEntry> entries;
    private final long weight;

    private RootfsManifest(Map<TreePath, RootfsEntry> entries, long weight) {
        this.entries = entries;
        this.weight = weight;
    }

    /**
     * A manifest of {@code entries} in any order.
     *
     * @throws ManifestRejected if they are not a file system
     */
    public static RootfsManifest of(Collection<RootfsEntry> entries) throws ManifestRejected {
        if (entries.size() > MAX_ENTRIES) {
            throw new ManifestRejected(
                    "the root file system has " + entries.size() + " entries, and " + MAX_ENTRIES + " are allowed");
        }
        List<RootfsEntry> sorted = new ArrayList<>(entries);
        sorted.sort((x, y) -> x.path().compareTo(y.path()));
        Map<TreePath, RootfsEntry> known = new LinkedHashMap<>(sorted.size() * 4 / 3 + 1);
        ManifestWeight weight = new ManifestWeight();
        for (RootfsEntry entry : sorted) {
            String whyNot = entry.whyNot();
            whyNot = whyNot != null ? whyNot : whyNotAmong(known, entry);
            if (whyNot != null) {
                throw new ManifestRejected(entry.path() + ": " + whyNot);
            }
            weight.entry(entry);
            known.put(entry.path(), entry);
        }
        return new RootfsManifest(known, weight.bytes());
    }

    private static String whyNotAmong(Map<TreePath, RootfsEntry> earlier, RootfsEntry entry) {
        if (earlier.containsKey(entry.path())) {
            return "the path occurs twice";
        }
        if (entry.path().isRoot()) {
            return entry.type() == EntryType.DIRECTORY ? null : "the root is no directory";
        }
        RootfsEntry parent = earlier.get(entry.path().parent());
        if (parent == null || parent.type() != EntryType.DIRECTORY) {
            return "it is in no directory";
        }
        if (entry.type() == EntryType.HARD_LINK) {
            RootfsEntry first = earlier.get(new TreePath(entry.target()));
            if (first == null || first.type() == EntryType.DIRECTORY || first.type() == EntryType.HARD_LINK) {
                return "it is a hard link to nothing that can have one";
            }
        }
        return null;
    }

    /** All entries, sorted by path, a directory before what is in it. */
    public Collection<RootfsEntry> entries() {
        return Collections.unmodifiableCollection(entries.values());
    }

    /** The entry at {@code path}, or null. */
    public RootfsEntry entry(TreePath path) {
        return entries.get(path);
    }

    /** About how many bytes of memory an agent needs while it moves this, see {@link ManifestWeight}. */
    public long weight() {
        return weight;
    }

    public int size() {
        return entries.size();
    }

    /** Bytes of all files together, holes not counted: what a disk must have room for. */
    public long contentBytes() {
        long bytes = 0;
        for (RootfsEntry entry : entries.values()) {
            for (int i = 0; i < entry.chunks().size(); i++) {
                bytes += entry.chunks().get(i).equals(ChunkDigest.HOLE) ? 0 : entry.chunkLength(i);
            }
        }
        return bytes;
    }

    /** All chunks that the files consist of, holes left out. */
    public Set<ChunkDigest> digests() {
        Set<ChunkDigest> digests = new HashSet<>();
        entries.values().forEach(entry -> digests.addAll(entry.chunks()));
        digests.remove(ChunkDigest.HOLE);
        return digests;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RootfsManifest manifest && entries.equals(manifest.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }

    @Override
    public String toString() {
        return "RootfsManifest[" + entries.size() + " entries]";
    }
}
