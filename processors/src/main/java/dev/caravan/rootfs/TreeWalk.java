package dev.caravan.rootfs;

import dev.caravan.beneath.Directory;
import dev.caravan.beneath.FileIdentity;
import dev.caravan.beneath.FileStat;
import dev.caravan.beneath.LinkInTheWay;
import dev.caravan.beneath.NotRegular;
import dev.caravan.beneath.OpenFile;
import dev.caravan.rootfs.RootfsScan.Known;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One walk through a tree. Everything is opened and looked at relative to its directory and never through a symbolic link:
 * a container that exchanges a directory for a link to the host's files while it is scanned gains nothing.
 */
final class TreeWalk {
    private static final int MAX_NOTES = 100;
    private static final Duration FINE = Duration.ofMillis(20);
    private static final Duration COARSE = Duration.ofSeconds(2);

    private final RootfsScan previous;
    private final Set<Long> mapped;
    private final Instant settledBefore;
    private final Runnable stillWanted;
    private final List<Found> found = new ArrayList<>();
    private final Map<FileIdentity, FileContent> linked = new HashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final byte[] buffer = new byte[ChunkDigest.CHUNK_BYTES];
    private final ManifestWeight weight = new ManifestWeight();
    private int changed;

    private record Found(TreePath path, Known known) {
    }

    /**
     * @param previous      an earlier scan, or null
     * @param mapped        inode numbers of files to be read though they seem to be as before
     * @param settledBefore what changed before this moment is settled
     * @param stillWanted   called before each file and each chunk of one; what it throws ends the walk
     */
    TreeWalk(RootfsScan previous, Set<Long> mapped, Instant settledBefore, Runnable stillWanted) {
        this.previous = previous;
        this.mapped = mapped;
        this.settledBefore = settledBefore;
        this.stillWanted = stillWanted;
    }

    RootfsScan run(Directory top) throws IOException {
        FileStat stat = top.stat();
        if (!isAsBefore(TreePath.ROOT, stat)) {
            add(TreePath.ROOT, stat,
                    RootfsEntry.directory(TreePath.ROOT, Metadata.of(stat, top.attributes(TreePath.ROOT.name()))));
        }
        visit(top, TreePath.ROOT);
        return previous != null && changed == 0 && found.size() == previous.size() ? previous : result();
    }

    private void visit(Directory directory, TreePath path) throws IOException {
        directory.each(name -> {
            stillWanted.run();
            if (found.size() >= RootfsManifest.MAX_ENTRIES) {
                throw new IOException(
                        "the root file system has more than " + RootfsManifest.MAX_ENTRIES + " files");
            }
            try {
                visit(directory, name, path.child(name));
            } catch (NoSuchFileException | NotDirectoryException | NotLinkException | LinkInTheWay | NotRegular e) {
                // It vanished or became something else since it was listed; the next scan will see.
                return;
            }
        });
    }

    private void visit(Directory directory, String name, TreePath path) throws IOException {
        FileStat stat = directory.stat(name);
        if (!isAsBefore(path, stat)) {
            String whyNot = path.whyNot();
            if (whyNot != null) {
                throw new IOException(path + ": " + whyNot);
            }
            RootfsEntry entry = read(directory, name, path, stat);
            if (entry == null) {
                return;
            }
            add(path, stat, entry);
        }
        if (stat.isDirectory()) {
            try (Directory below = directory.directory(name)) {
                visit(below, path);
            }
        }
    }

    private boolean isAsBefore(TreePath path, FileStat stat) throws IOException {
        Known before = previous == null ? null : previous.known(path);
        if (before == null || !before.isStill(stat) || mapped.contains(stat.identity().inode())) {
            return false;
        }
        weight.entry(before.entry());
        found.add(new Found(path, before));
        return true;
    }

    private void add(TreePath path, FileStat stat, RootfsEntry entry) throws IOException {
        changed++;
        weight.entry(entry);
        found.add(new Found(path, new Known(stat, entry, isSettled(stat))));
    }

    /** Whether a change from now on has another time of change. File systems stamp by the timer tick, some by the second. */
    private boolean isSettled(FileStat stat) {
        Instant change = Instant.ofEpochSecond(stat.changed().seconds(), stat.changed().nanos());
        return change.plus(change.getNano() == 0 ? COARSE : FINE).isBefore(settledBefore);
    }

    /** An entry, or null if it is one that does not travel or if another file has taken its name. */
    private RootfsEntry read(Directory directory, String name, TreePath path, FileStat stat) throws IOException {
        EntryType type = EntryType.ofMode(stat.mode());
        if (type == null) {
            if (notes.size() < MAX_NOTES) {
                notes.add(path + ": a socket is not copied");
            }
            return null;
        }
        Metadata metadata = Metadata.of(stat, directory.attributes(name));
        return switch (type) {
            case DIRECTORY -> RootfsEntry.directory(path, metadata);
            case FIFO -> RootfsEntry.fifo(path, metadata);
            case SYMLINK -> RootfsEntry.symlink(path, metadata, directory.linkTarget(name));
            case CHARACTER_DEVICE, BLOCK_DEVICE ->
                RootfsEntry.device(path, type, metadata, stat.major(), stat.minor());
            default -> {
                FileContent content = content(directory, name, stat);
                yield content == null ? null : RootfsEntry.file(path, metadata, content.size(), content.chunks());
            }
        };
    }

    private FileContent content(Directory directory, String name, FileStat stat) throws IOException {
        FileContent content = stat.links() > 1 ? linked.get(stat.identity()) : null;
        if (content != null) {
            return content;
        }
        if (stat.size() == 0) {
            return FileContent.EMPTY;
        }
        try (OpenFile file = directory.read(name)) {
            if (!file.stat().identity().equals(stat.identity())) {
                return null;
            }
            content = FileContent.read(file, stat.size(), buffer, stillWanted);
        }
        if (stat.links() > 1) {
            linked.put(stat.identity(), content);
        }
        return content;
    }

    private RootfsScan result() throws IOException {
        found.sort((x, y) -> x.path().compareTo(y.path()));
        Map<TreePath, Known> known = new HashMap<>();
        Collection<RootfsEntry> entries = new ArrayList<>(found.size());
        Map<FileIdentity, TreePath> firstNames = new HashMap<>();
        for (Found item : found) {
            FileStat stat = item.known().stat();
            RootfsEntry entry = item.known().entry();
            known.put(item.path(), item.known());
            boolean linkable = stat.links() > 1 && entry.type() != EntryType.DIRECTORY;
            TreePath first = linkable ? firstNames.putIfAbsent(stat.identity(), item.path()) : null;
            entries.add(first == null ? entry : RootfsEntry.hardLink(item.path(), first));
        }
        return new RootfsScan(RootfsManifest.of(entries), known, notes);
    }
}
