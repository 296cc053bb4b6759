package dev.caravan.rootfs;

import dev.caravan.rootfs.RootfsScan.Known;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One walk through a tree. Directories and files are opened relative to their directory and never through a symbolic
 * link: a container that exchanges a directory for a link to the host's files while it is scanned gains nothing.
 */
final class TreeWalk {
    private static final SortedMap<String, String> NO_XATTRS = Collections.unmodifiableSortedMap(new TreeMap<>());
    private static final int MAX_NOTES = 100;

    private final Path root;
    private final RootfsScan previous;
    private final Set<TreePath> stale;
    private final Instant settledBefore;
    private final List<Found> found = new ArrayList<>();
    private final Map<FileIdentity, FileContent> linked = new HashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final byte[] buffer = new byte[ChunkDigest.CHUNK_BYTES];

    /** A name that was found; the entry lacks its extended attributes unless it is {@code known}. */
    private record Found(TreePath path, FileStamp stamp, RootfsEntry entry, Known known) {
    }

    /**
     * @param previous      an earlier scan, or null
     * @param stale         what has to be looked at, with the directories above it, if there is an earlier scan
     * @param settledBefore what changed before this moment is settled
     */
    TreeWalk(Path root, RootfsScan previous, Set<TreePath> stale, Instant settledBefore) {
        this.root = root.toAbsolutePath();
        this.previous = previous;
        this.stale = stale;
        this.settledBefore = settledBefore;
    }

    RootfsScan run(ExtendedAttributes attributes) throws IOException {
        if (previous != null && stale.isEmpty()) {
            return previous;
        }
        FileStamp stamp = FileStamp.of(root.toRealPath());
        if (stamp.type() != EntryType.DIRECTORY) {
            throw new NotDirectoryException(root.toString());
        }
        found.add(new Found(TreePath.ROOT, stamp,
                RootfsEntry.directory(TreePath.ROOT, stamp.metadata(NO_XATTRS)), null));
        try (SecureDirectoryStream<Path> stream = secure(Files.newDirectoryStream(root))) {
            visit(stream, root, TreePath.ROOT);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return result(attributes);
    }

    private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream) throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException("directories of this system cannot be read safely");
    }

    private void visit(SecureDirectoryStream<Path> directory, Path path, TreePath treePath) throws IOException {
        for (Path listed : directory) {
            Path name = Objects.requireNonNull(listed.getFileName());
            TreePath child = treePath.child(TreePath.rawNameOf(name));
            if (found.size() >= RootfsManifest.MAX_ENTRIES) {
                throw new IOException(
                        "the root file system has more than " + RootfsManifest.MAX_ENTRIES + " files");
            }
            try {
                visit(directory, path.resolve(name), name, child);
            } catch (NoSuchFileException | NotLinkException | NotDirectoryException e) {
                // It vanished or became something else since it was listed; the next scan will see.
                continue;
            }
        }
    }

    private void visit(SecureDirectoryStream<Path> directory, Path path, Path name, TreePath treePath)
            throws IOException {
        if (previous != null && !stale.contains(treePath)) {
            previous.below(treePath).forEach((same, known) -> found.add(
                    new Found(same, known.stamp(), known.entry(), known)));
            return;
        }
        String whyNot = treePath.whyNot();
        if (whyNot != null) {
            throw new IOException(treePath + ": " + whyNot);
        }
        FileStamp stamp = FileStamp.of(path);
        if (stamp.type() == null) {
            if (notes.size() < MAX_NOTES) {
                notes.add(treePath + ": a socket is not copied");
            }
            return;
        }
        RootfsEntry entry = read(directory, path, name, treePath, stamp);
        if (entry != null) {
            found.add(new Found(treePath, stamp, entry, null));
            descend(directory, path, name, entry);
        }
    }

    private void descend(SecureDirectoryStream<Path> directory, Path path, Path name, RootfsEntry entry)
            throws IOException {
        if (entry.type() == EntryType.DIRECTORY) {
            try (SecureDirectoryStream<Path> below = directory.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                visit(below, path, entry.path());
            }
        }
    }

    private RootfsEntry read(SecureDirectoryStream<Path> directory, Path path, Path name, TreePath treePath,
            FileStamp stamp) throws IOException {
        Metadata metadata = stamp.metadata(NO_XATTRS);
        return switch (stamp.type()) {
            case DIRECTORY -> RootfsEntry.directory(treePath, metadata);
            case FIFO -> RootfsEntry.fifo(treePath, metadata);
            case SYMLINK ->
                RootfsEntry.symlink(treePath, metadata, TreePath.rawNameOf(Files.readSymbolicLink(path)));
            case CHARACTER_DEVICE, BLOCK_DEVICE -> RootfsEntry.device(treePath, stamp.type(), metadata,
                    FileIdentity.major(stamp.deviceNode()), FileIdentity.minor(stamp.deviceNode()));
            default -> {
                FileContent content = content(directory, name, stamp);
                yield content == null
                        ? null
                        : RootfsEntry.file(treePath, metadata, content.size(), content.chunks());
            }
        };
    }

    /** A file's content, or null if another file has taken its name. */
    private FileContent content(SecureDirectoryStream<Path> directory, Path name, FileStamp stamp)
            throws IOException {
        FileContent content = stamp.links() > 1 ? linked.get(stamp.identity()) : null;
        if (content != null) {
            return content;
        }
        BasicFileAttributes now = directory
                .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS).readAttributes();
        if (!now.isRegularFile() || !now.fileKey().equals(stamp.key())) {
            return null;
        }
        if (stamp.size() == 0) {
            return FileContent.EMPTY;
        }
        try (SeekableByteChannel channel = directory.newByteChannel(name,
                Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            content = FileContent.read(channel, stamp.size(), buffer);
        }
        if (stamp.links() > 1) {
            linked.put(stamp.identity(), content);
        }
        return content;
    }

    private RootfsScan result(ExtendedAttributes attributes) throws IOException {
        found.sort((x, y) -> x.path().compareTo(y.path()));
        NavigableMap<TreePath, Known> known = new TreeMap<>();
        Collection<RootfsEntry> entries = new ArrayList<>(found.size());
        Map<FileIdentity, TreePath> firstNames = new HashMap<>();
        Map<TreePath, SortedMap<String, String>> xattrs = xattrs(attributes);
        for (Found item : found) {
            TreePath path = item.path();
            RootfsEntry entry = item.entry();
            if (item.known() == null) {
                SortedMap<String, String> own = xattrs.get(path);
                entry = own == null ? entry : entry.with(item.stamp().metadata(own));
                boolean settled = item.stamp().isOlderThan(settledBefore);
                known.put(path, new Known(item.stamp(), entry, settled));
            } else {
                known.put(path, item.known());
            }
            boolean linkable = item.stamp().links() > 1 && entry.type() != EntryType.DIRECTORY;
            TreePath first = linkable ? firstNames.putIfAbsent(item.stamp().identity(), path) : null;
            entries.add(first == null ? entry : RootfsEntry.hardLink(path, first));
        }
        return new RootfsScan(RootfsManifest.of(entries), known, notes);
    }

    private Map<TreePath, SortedMap<String, String>> xattrs(ExtendedAttributes attributes) throws IOException {
        String prefix = TreePath.rawOf(root);
        Map<String, TreePath> unread = new LinkedHashMap<>();
        found.stream().filter(item -> item.known() == null).map(Found::path)
                .forEach(path -> unread.put(path.isRoot() ? prefix : prefix + '/' + path.raw(), path));
        Map<TreePath, SortedMap<String, String>> byPath = new HashMap<>();
        attributes.read(unread.keySet()).forEach((raw, values) -> byPath.put(unread.get(raw), values));
        return byPath;
    }
}
