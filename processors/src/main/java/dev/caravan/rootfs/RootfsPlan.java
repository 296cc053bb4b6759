package dev.caravan.rootfs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is to be done to turn a tree that is as one manifest says into what another says.
 *
 * @param deleted    paths to delete, what is in a directory before the directory
 * @param created    entries to make, in the manifest's order
 * @param revised    directories and files that stay but change
 * @param untouched  directories that stay as they are but whose time must be set again, because something in them is
 *                   made or deleted
 */
public record RootfsPlan(List<TreePath> deleted, List<RootfsEntry> created, List<Revision> revised,
        List<RootfsEntry> untouched) {

    /** A directory or file that changes in place. */
    public record Revision(RootfsEntry before, RootfsEntry after) {
    }

    /** Compares two manifests; {@link RootfsManifest#EMPTY} stands for no tree at all. */
    public static RootfsPlan between(RootfsManifest present, RootfsManifest next) {
        List<TreePath> deleted = new ArrayList<>();
        List<RootfsEntry> created = new ArrayList<>();
        List<Revision> revised = new ArrayList<>();
        Set<String> made = new HashSet<>();
        Set<TreePath> disturbed = new TreeSet<>();
        for (RootfsEntry entry : present.entries()) {
            if (next.entry(entry.path()) == null) {
                deleted.add(entry.path());
                disturbed.add(entry.path().parent());
            }
        }
        for (RootfsEntry entry : next.entries()) {
            RootfsEntry before = present.entry(entry.path());
            boolean relinked = entry.type() == EntryType.HARD_LINK && made.contains(entry.target());
            if (!relinked && (entry == before || entry.equals(before))) {
                continue;
            }
            if (before != null && staysInPlace(before, entry)) {
                revised.add(new Revision(before, entry));
                continue;
            }
            if (before != null) {
                deleted.add(entry.path());
            }
            created.add(entry);
            made.add(entry.path().raw());
            disturbed.add(entry.path().parent());
        }
        Collections.sort(deleted, Collections.reverseOrder());
        return new RootfsPlan(deleted, created, revised, untouched(next, disturbed, made, revised));
    }

    private static boolean staysInPlace(RootfsEntry before, RootfsEntry after) {
        return before.type() == after.type()
                && (after.type() == EntryType.DIRECTORY || after.type() == EntryType.FILE);
    }

    private static List<RootfsEntry> untouched(RootfsManifest next, Set<TreePath> disturbed, Set<String> made,
            List<Revision> revised) {
        Set<TreePath> handled = new HashSet<>();
        revised.forEach(revision -> handled.add(revision.after().path()));
        List<RootfsEntry> untouched = new ArrayList<>();
        for (TreePath path : disturbed) {
            RootfsEntry entry = next.entry(path);
            if (entry != null && entry.type() == EntryType.DIRECTORY && !handled.contains(path)
                    && !made.contains(path.raw())) {
                untouched.add(entry);
            }
        }
        return untouched;
    }

    /** The chunks that must be written, and so must be in the store. */
    public Set<ChunkDigest> needed() {
        Set<ChunkDigest> needed = new HashSet<>();
        created.forEach(entry -> needed.addAll(entry.chunks()));
        for (Revision revision : revised) {
            List<ChunkDigest> chunks = revision.after().chunks();
            for (int i = 0; i < chunks.size(); i++) {
                if (differs(revision.before(), revision.after(), i)) {
                    needed.add(chunks.get(i));
                }
            }
        }
        needed.remove(ChunkDigest.HOLE);
        return needed;
    }

    /** Whether a chunk of the file must be written to turn {@code before} into {@code after}. */
    static boolean differs(RootfsEntry before, RootfsEntry after, int index) {
        return index >= before.chunks().size() || before.chunkLength(index) != after.chunkLength(index)
                || !before.chunks().get(index).equals(after.chunks().get(index));
    }

    /** Whether nothing is to be done. */
    public boolean isEmpty() {
        return deleted.isEmpty() && created.isEmpty() && revised.isEmpty();
    }

    /** What is made or changed, in no order that matters; hard links left out. */
    Collection<RootfsEntry> outcomes() {
        List<RootfsEntry> outcomes = new ArrayList<>(created.size() + revised.size());
        created.stream().filter(entry -> entry.type() != EntryType.HARD_LINK).forEach(outcomes::add);
        revised.forEach(revision -> outcomes.add(revision.after()));
        return outcomes;
    }
}
