package dev.caravan.rootfs;

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
     * @param stamp   taken before the file was read
     * @param entry   never a hard link: every name of a file has the whole entry here
     * @param settled whether an equal stamp will mean that nothing has changed
     */
    record Known(FileStamp stamp, RootfsEntry entry, boolean settled) {
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

    /** How many names there are. */
    int size() {
        return known.size();
    }

    Known known(TreePath path) {
        return known.get(path);
    }
}
