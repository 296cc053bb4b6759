package dev.caravan.rootfs;

import dev.caravan.beneath.FileStat;
import java.util.List;
import java.util.Map;

/**
 * What a scan found: the manifest, which travels, and what the next scan of this machine needs to know, which does not.
 */
public final class RootfsScan {
    private final RootfsManifest manifest;
    private final Map<TreePath, Known> known;
    private final List<String> notes;

    /**
     * @param stat    taken before the file was read
     * @param entry   never a hard link: every name of a file has the whole entry here
     * @param settled whether a change would have been stamped with another time
     */
    record Known(FileStat stat, RootfsEntry entry, boolean settled) {
        /** Whether nothing about the file has changed: the time of change moves with everything else. */
        boolean isStill(FileStat now) {
            return settled && stat.identity().equals(now.identity()) && stat.changed().equals(now.changed());
        }
    }

    RootfsScan(RootfsManifest manifest, Map<TreePath, Known> known, List<String> notes) {
        this.manifest = manifest;
        this.known = known;
        this.notes = List.copyOf(notes);
    }

    public RootfsManifest manifest() {
        return manifest;
    }

    /** What was left out and why, for people. */
    public List<String> notes() {
        return notes;
    }

    /** How many names were found. */
    int size() {
        return known.size();
    }

    Known known(TreePath path) {
        return known.get(path);
    }
}
