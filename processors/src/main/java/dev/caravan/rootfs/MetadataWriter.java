package dev.caravan.rootfs;

import dev.caravan.beneath.Directory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Gives files their owner, mode, attributes and time, in an order in which none undoes another: a new owner clears
 * set-user-id and capabilities, and everything done in a directory changes its time.
 */
final class MetadataWriter {
    private static final String ACL = "system.posix_acl_access";
    private static final String DEFAULT_ACL = "system.posix_acl_default";

    private final Tree tree;

    MetadataWriter(Tree tree) {
        this.tree = tree;
    }

    /** Removes the extended attributes that a file which stays does not have any more. */
    void removeAttributes(RootfsPlan.Revision revision) throws IOException {
        RootfsEntry after = revision.after();
        for (String attribute : revision.before().metadata().xattrs().keySet()) {
            if (!after.metadata().xattrs().containsKey(attribute)) {
                tree.holding(after.path()).removeAttribute(after.path().name(), attribute);
            }
        }
    }

    /** Removes what a file or directory inherited when it was made in a directory with an access list for new files. */
    void removeInherited(RootfsEntry created, RootfsManifest present) throws IOException {
        RootfsEntry parent = present.entry(created.path().parent());
        boolean inherits = created.type() != EntryType.SYMLINK && created.type() != EntryType.HARD_LINK;
        if (inherits && parent != null && parent.metadata().xattrs().containsKey(DEFAULT_ACL)) {
            Directory directory = tree.holding(created.path());
            directory.removeAttribute(created.path().name(), ACL);
            if (created.type() == EntryType.DIRECTORY) {
                directory.removeAttribute(created.path().name(), DEFAULT_ACL);
            }
        }
    }

    /** Everything but the times of directories. */
    void write(RootfsEntry entry) throws IOException {
        Directory directory = tree.holding(entry.path());
        String name = entry.path().name();
        Metadata metadata = entry.metadata();
        directory.setOwner(name, metadata.uid(), metadata.gid());
        if (entry.type() != EntryType.SYMLINK) {
            directory.setMode(name, metadata.mode());
        }
        for (Map.Entry<String, String> attribute : metadata.xattrs().entrySet()) {
            directory.setAttribute(name, attribute.getKey(), attribute.getValue());
        }
        if (entry.type() != EntryType.DIRECTORY) {
            writeTime(entry);
        }
    }

    /** The times of the directories that a plan made, changed or only passed through. */
    void writeDirectoryTimes(RootfsPlan plan) throws IOException {
        List<RootfsEntry> directories = new ArrayList<>(plan.untouched());
        plan.outcomes().stream().filter(entry -> entry.type() == EntryType.DIRECTORY).forEach(directories::add);
        for (RootfsEntry entry : directories) {
            writeTime(entry);
        }
    }

    private void writeTime(RootfsEntry entry) throws IOException {
        tree.holding(entry.path()).setModified(entry.path().name(), entry.metadata().mtimeSeconds(),
                entry.metadata().mtimeNanos());
    }
}
