package dev.caravan.rootfs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;

/**
 * What a scan found: the manifest, which travels, and what the next scan of this machine needs to know, which does not.
 */
public final class RootfsScan {
    private final RootfsManifest manifest;
    private final NavigableMap<TreePath, Known> known;
    private final List<String> notes;

    /**
     * @param stamp   taken before the file was read
     * @param entry   never a hard link: every name of a file has the whole entry here
     * @param settled whether an equal stamp will mean that nothing has changed
     */
    record Known(FileStamp stamp, RootfsEntry entry, boolean settled) {
    }

    RootfsScan(RootfsManifest manifest, NavigableMap<TreePath, Known> known, List<String> notes) {
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

    /** What there is at a path and below it. */
    Map<TreePath, Known> below(TreePath path) {
        Map<TreePath, Known> all = new LinkedHashMap<>();
        if (known.containsKey(path)) {
            all.put(path, known.get(path));
            all.putAll(known.subMap(new TreePath(path.raw() + '/'), new TreePath(path.raw() + (char) ('/' + 1))));
        }
        return all;
    }

    Known known(TreePath path) {
        return known.get(path);
    }
}
