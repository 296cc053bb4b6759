package dev.caravan.rootfs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What turns one manifest into a later one of the same tree.
 *
 * @param removed paths that are gone, sorted
 * @param changed entries that are new or different, sorted by path
 */
public record ManifestDelta(List<TreePath> removed, List<RootfsEntry> changed) {

    public ManifestDelta {
        removed = List.copyOf(removed);
        changed = List.copyOf(changed);
    }

    /** The difference between two manifests. */
    public static ManifestDelta between(RootfsManifest before, RootfsManifest after) {
        List<TreePath> removed = new ArrayList<>();
        for (RootfsEntry entry : before.entries()) {
            if (after.entry(entry.path()) == null) {
                removed.add(entry.path());
            }
        }
        List<RootfsEntry> changed = new ArrayList<>();
        for (RootfsEntry entry : after.entries()) {
            RootfsEntry earlier = before.entry(entry.path());
            if (earlier != entry && !entry.equals(earlier)) {
                changed.add(entry);
            }
        }
        return new ManifestDelta(removed, changed);
    }

    /**
     * The later manifest.
     *
     * @throws ManifestRejected if this is no difference from {@code before}
     */
    public RootfsManifest applyTo(RootfsManifest before) throws ManifestRejected {
        if (removed.isEmpty() && changed.isEmpty()) {
            return before;
        }
        Map<TreePath, RootfsEntry> entries = new TreeMap<>();
        before.entries().forEach(entry -> entries.put(entry.path(), entry));
        for (TreePath path : removed) {
            if (entries.remove(path) == null) {
                throw new ManifestRejected(path + ": it cannot be removed, it was not there");
            }
        }
        changed.forEach(entry -> entries.put(entry.path(), entry));
        return RootfsManifest.of(entries.values());
    }
}
