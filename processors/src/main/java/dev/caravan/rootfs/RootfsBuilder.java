package dev.caravan.rootfs;

import dev.caravan.beneath.Directory;
import dev.caravan.beneath.OwnerOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes a tree be what a manifest says, content and metadata. The tree's directory must be one that only this platform
 * can write to; nothing outside of it is touched, whatever the manifest says. Needs the right to give files to others
 * and, for device nodes, CAP_MKNOD. When something fails the tree is half done and must be removed.
 */
public final class RootfsBuilder {

    private final TreeSync disk;

    public RootfsBuilder() {
        this(TreeSync.DISK);
    }

    /** With another way to the disk. */
    public RootfsBuilder(TreeSync disk) {
        this.disk = disk;
    }

    /**
     * Refuses a tree that the disk of {@code directory} has no room for; small files' blocks are counted roughly.
     *
     * @throws NoRoom if more is needed than is free
     */
    public static void requireRoom(RootfsManifest manifest, Path directory) throws IOException {
        long needed = manifest.contentBytes() + manifest.size() * 4096L;
        long free = Files.getFileStore(directory).getUsableSpace();
        if (needed > free) {
            throw new NoRoom(directory, needed, free);
        }
    }

    /**
     * Makes as much of a tree as the store has chunks for, in a directory that is empty or does not exist, and brings it
     * to the disk. Files whose chunks are missing, because they changed before they could be read, are left out: a later
     * {@link #apply} brings them.
     *
     * @param stillWanted called before each entry; throws when nobody wants the tree any more
     * @return what is there now
     */
    public RootfsManifest prepare(RootfsManifest wanted, ChunkStore.SourceChunks chunks, Path directory,
            Runnable stillWanted)
            throws IOException {
        Set<ChunkDigest> missing = chunks.missing(wanted.digests());
        Set<String> absent = new HashSet<>();
        List<RootfsEntry> available = new ArrayList<>();
        for (RootfsEntry entry : wanted.entries()) {
            if (entry.chunks().stream().anyMatch(missing::contains)
                    || entry.type() == EntryType.HARD_LINK && absent.contains(entry.target())) {
                absent.add(entry.path().raw());
            } else {
                available.add(entry);
            }
        }
        RootfsManifest present = RootfsManifest.of(available);
        apply(RootfsManifest.EMPTY, present, chunks, directory, stillWanted);
        disk.whole(directory);
        return present;
    }

    /**
     * Turns the tree in {@code directory} from what {@code present} says into what {@code next} says; only what differs
     * is touched.
     *
     * @param present     what {@link #prepare} or this method returned or was given for the directory;
     *                    {@link RootfsManifest#EMPTY} for a directory that is empty or does not exist
     * @param stillWanted called before each entry; throws when nobody wants the tree any more
     * @return what was done, for {@link #sync} to bring to the disk
     * @throws ChunkMissing if a chunk of {@link RootfsPlan#needed} is not in the store
     */
    public RootfsPlan apply(RootfsManifest present, RootfsManifest next, ChunkStore.SourceChunks chunks, Path directory,
            Runnable stillWanted) throws IOException {
        if (present.entry(TreePath.ROOT) == null) {
            requireEmpty(directory);
        }
        RootfsPlan plan = RootfsPlan.between(present, next);
        try (Tree tree = new Tree(directory)) {
            for (TreePath path : plan.deleted()) {
                stillWanted.run();
                delete(tree, present.entry(path));
            }
            FileWriter writer = new FileWriter(chunks);
            for (RootfsEntry entry : plan.created()) {
                stillWanted.run();
                create(tree, entry, writer);
            }
            MetadataWriter metadata = new MetadataWriter(tree);
            for (RootfsPlan.Revision revision : plan.revised()) {
                stillWanted.run();
                if (revision.after().type() == EntryType.FILE) {
                    writer.revise(tree.holding(revision.after().path()), revision.before(), revision.after());
                }
                metadata.removeAttributes(revision);
            }
            for (RootfsEntry entry : plan.created()) {
                metadata.removeInherited(entry, present);
            }
            for (RootfsEntry entry : plan.outcomes()) {
                stillWanted.run();
                metadata.write(entry);
            }
            for (RootfsEntry entry : plan.created()) {
                if (entry.type() == EntryType.HARD_LINK) {
                    link(tree, entry);
                }
            }
            metadata.writeDirectoryTimes(plan);
        }
        return plan;
    }

    /** Brings to the disk what {@link #apply} has done in {@code directory}. */
    public void sync(Path directory, RootfsPlan done) throws IOException {
        disk.changes(directory, done);
    }

    private static void requireEmpty(Path directory) throws IOException {
        if (Files.notExists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(directory, OwnerOnly.DIRECTORY);
        }
        try (Stream<Path> content = Files.list(directory)) {
            if (content.findAny().isPresent()) {
                throw new IOException(directory + " is not empty");
            }
        }
    }

    private static void delete(Tree tree, RootfsEntry entry) throws IOException {
        if (entry.type() == EntryType.DIRECTORY) {
            tree.holding(entry.path()).removeDirectory(entry.path().name());
        } else {
            tree.holding(entry.path()).remove(entry.path().name());
        }
    }

    private static void create(Tree tree, RootfsEntry entry, FileWriter writer) throws IOException {
        Directory directory = tree.holding(entry.path());
        String name = entry.path().name();
        switch (entry.type()) {
            case DIRECTORY -> {
                if (!entry.path().isRoot()) {
                    directory.makeDirectory(name);
                }
            }
            case FILE -> writer.create(directory, entry);
            case SYMLINK -> directory.makeLink(name, entry.target());
            case FIFO, CHARACTER_DEVICE, BLOCK_DEVICE ->
                directory.makeNode(name, entry.type().format(), entry.major(), entry.minor());
            default -> {
                // hard links are made when what they name is complete
                return;
            }
        }
    }

    private static void link(Tree tree, RootfsEntry entry) throws IOException {
        TreePath first = new TreePath(entry.target());
        try (Directory from = tree.open(first)) {
            tree.holding(entry.path()).link(from, first.name(), entry.path().name());
        }
    }
}
