package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Gives files their owner, mode, attributes and time, in an order in which none undoes another: a new owner clears
 * set-user-id and capabilities, and everything done in a directory changes its time.
 */
final class MetadataWriter {
    /** Java counts a file's time in nanoseconds since 1970 in 63 bits, which ends in the year 2262. */
    private static final long LAST_JAVA_SECOND = Long.MAX_VALUE / 1_000_000_000L - 1;

    private final ExtendedAttributes attributes;
    private final SpecialFiles files;

    MetadataWriter(ExtendedAttributes attributes, SpecialFiles files) {
        this.attributes = attributes;
        this.files = files;
    }

    /** Removes the extended attributes that files which stay do not have any more. */
    void removeAttributes(List<RootfsPlan.Revision> revised, Path directory) throws IOException {
        for (RootfsPlan.Revision revision : revised) {
            for (String name : revision.before().metadata().xattrs().keySet()) {
                if (!revision.after().metadata().xattrs().containsKey(name)
                        && !(revision.after().type() == EntryType.FILE && name.equals("security.capability"))) {
                    attributes.remove(revision.after().path().in(directory), name);
                }
            }
        }
    }

    /** Everything but the times of directories. */
    void write(Collection<RootfsEntry> entries, Path directory) throws IOException {
        Map<String, SortedMap<String, String>> xattrs = new HashMap<>();
        for (RootfsEntry entry : entries) {
            Path path = entry.path().in(directory);
            writeOwnerAndMode(entry, path);
            if (!entry.metadata().xattrs().isEmpty()) {
                xattrs.put(TreePath.rawOf(path), entry.metadata().xattrs());
            }
        }
        attributes.write(xattrs);
        Map<FileTime, List<String>> later = new TreeMap<>();
        for (RootfsEntry entry : entries) {
            Path path = entry.path().in(directory);
            if (entry.type() != EntryType.DIRECTORY && !setTime(entry, path)) {
                later.computeIfAbsent(time(entry), key -> new ArrayList<>()).add(TreePath.rawOf(path));
            }
        }
        touch(later);
    }

    /** The times of the directories that a plan made, changed or only passed through. */
    void writeDirectoryTimes(RootfsPlan plan, Path directory) throws IOException {
        List<RootfsEntry> directories = new ArrayList<>(plan.untouched());
        plan.outcomes().stream().filter(entry -> entry.type() == EntryType.DIRECTORY).forEach(directories::add);
        Map<FileTime, List<String>> later = new TreeMap<>();
        for (RootfsEntry entry : directories) {
            Path path = entry.path().in(directory);
            if (!setTime(entry, path)) {
                later.computeIfAbsent(time(entry), key -> new ArrayList<>()).add(TreePath.rawOf(path));
            }
        }
        touch(later);
    }

    private static void writeOwnerAndMode(RootfsEntry entry, Path path) throws IOException {
        Metadata metadata = entry.metadata();
        Files.setAttribute(path, "unix:uid", metadata.uid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", metadata.gid(), LinkOption.NOFOLLOW_LINKS);
        if (entry.type() != EntryType.SYMLINK) {
            // With NOFOLLOW_LINKS Java would open the file, and so block on a FIFO or start a device.
            Files.setAttribute(path, "unix:mode", metadata.mode());
        }
    }

    private static FileTime time(RootfsEntry entry) {
        return FileTime
                .from(Instant.ofEpochSecond(entry.metadata().mtimeSeconds(), entry.metadata().mtimeNanos()));
    }

    /** Sets the time if Java can: it would open a FIFO or device, and rounds a symbolic link's to microseconds. */
    private static boolean setTime(RootfsEntry entry, Path path) throws IOException {
        Metadata metadata = entry.metadata();
        if (Math.abs(metadata.mtimeSeconds()) > LAST_JAVA_SECOND) {
            return false;
        }
        switch (entry.type()) {
            case DIRECTORY, FILE :
                Files.setLastModifiedTime(path, time(entry));
                return true;
            case SYMLINK :
                if (metadata.mtimeNanos() % 1000 == 0) {
                    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                            .setTimes(time(entry), null, null);
                    return true;
                }
                return false;
            default :
                return false;
        }
    }

    private void touch(Map<FileTime, List<String>> paths) throws IOException {
        for (Map.Entry<FileTime, List<String>> group : paths.entrySet()) {
            Instant time = group.getKey().toInstant();
            files.touch(group.getValue(), time.getEpochSecond(), time.getNano());
        }
    }
}
