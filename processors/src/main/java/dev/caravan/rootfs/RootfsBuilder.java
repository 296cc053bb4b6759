package dev.caravan.rootfs;

import dev.caravan.command.CommandRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
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
    private final SpecialFiles files;
    private final MetadataWriter metadata;

    /** A builder that uses this machine's tools. */
    public RootfsBuilder(CommandRunner commands) {
        this(new AttrTools(commands), new Coreutils(commands));
    }

    RootfsBuilder(ExtendedAttributes attributes, SpecialFiles files) {
        this.files = files;
        this.metadata = new MetadataWriter(attributes, files);
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
     * Makes as much of a tree as the store has chunks for, in a directory that is empty or does not exist. Files whose
     * chunks are missing, because they changed before they could be read, are left out: a later {@link #apply} brings
     * them.
     *
     * @return what is there now
     */
    public RootfsManifest prepare(RootfsManifest wanted, ChunkStore store, Path directory) throws IOException {
        Set<ChunkDigest> missing = store.missing(wanted.digests());
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
        apply(RootfsManifest.EMPTY, present, store, directory);
        return present;
    }

    /**
     * Turns the tree in {@code directory} from what {@code present} says into what {@code next} says; only what differs
     * is touched.
     *
     * @param present what {@link #prepare} or this method returned or was given for the directory;
     *                {@link RootfsManifest#EMPTY} for a directory that is empty or does not exist
     * @throws ChunkMissing if a chunk of {@link RootfsPlan#needed} is not in the store
     */
    public void apply(RootfsManifest present, RootfsManifest next, ChunkStore store, Path directory)
            throws IOException {
        if (present.entry(TreePath.ROOT) == null) {
            requireEmpty(directory);
        }
        RootfsPlan plan = RootfsPlan.between(present, next);
        for (TreePath path : plan.deleted()) {
            Files.delete(path.in(directory));
        }
        FileWriter writer = new FileWriter(store);
        create(plan.created(), directory, writer);
        for (RootfsPlan.Revision revision : plan.revised()) {
            if (revision.after().type() == EntryType.FILE) {
                writer.revise(revision.after().path().in(directory), revision.before(), revision.after());
            }
        }
        metadata.removeAttributes(plan.revised(), directory);
        metadata.write(plan.outcomes(), directory);
        for (RootfsEntry entry : plan.created()) {
            if (entry.type() == EntryType.HARD_LINK) {
                Files.createLink(entry.path().in(directory), new TreePath(entry.target()).in(directory));
            }
        }
        metadata.writeDirectoryTimes(plan, directory);
    }

    /** Writes the tree to the disk itself; a tree that was only applied is lost when the machine loses power. */
    public void persist(Path directory) throws IOException {
        files.sync(TreePath.rawOf(directory));
    }

    private static void requireEmpty(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> content = Files.list(directory)) {
                if (content.findAny().isPresent()) {
                    throw new IOException(directory + " is not empty");
                }
            }
        }
    }

    private void create(Collection<RootfsEntry> created, Path directory, FileWriter writer) throws IOException {
        List<String> fifos = new ArrayList<>();
        List<SpecialFiles.Device> devices = new ArrayList<>();
        List<SpecialFiles.Link> links = new ArrayList<>();
        for (RootfsEntry entry : created) {
            Path path = entry.path().in(directory);
            switch (entry.type()) {
                case DIRECTORY -> makeDirectory(entry, path);
                case FILE -> writer.create(path, entry);
                case SYMLINK -> {
                    if (isPlain(entry.target())) {
                        Files.createSymbolicLink(path, Path.of(entry.target()));
                    } else {
                        links.add(new SpecialFiles.Link(TreePath.rawOf(path), entry.target()));
                    }
                }
                case FIFO -> fifos.add(TreePath.rawOf(path));
                case CHARACTER_DEVICE, BLOCK_DEVICE -> devices.add(new SpecialFiles.Device(TreePath.rawOf(path),
                        entry.type() == EntryType.BLOCK_DEVICE, entry.major(), entry.minor()));
                default -> {
                    continue;
                }
            }
        }
        files.fifos(fifos);
        files.devices(devices);
        files.links(links);
    }

    private static void makeDirectory(RootfsEntry entry, Path path) throws IOException {
        if (!entry.path().isRoot() || !Files.exists(path)) {
            Files.createDirectory(path);
        }
    }

    /** Whether Java keeps a link's target as it is: it drops doubled and trailing slashes. */
    private static boolean isPlain(String target) {
        return TreePath.isAscii(target) && !target.contains("//") && (target.length() == 1 || !target.endsWith("/"));
    }
}
