package dev.caravan.rootfs;

import dev.caravan.command.CommandRunner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Lists a container's root file system. The first scan runs while the container does: what changes, appears or vanishes
 * under its hands is found by the second scan, which runs when the container is frozen and reads only what changed.
 *
 * <p>
 * A file is taken to be unchanged if its inode and its time of change are the same as before and that time lies before the first
 * scan began. Because a page that is already dirty can be written through a mapping without a new time of change, the
 * first scan begins with {@code sync -f}; what is mapped while frozen comes from {@link SharedMappings}. (What that
 * leaves open: a file on tmpfs that was written through a mapping after the first scan and unmapped before the freeze.)
 */
public final class RootfsScanner {
    private final ExtendedAttributes attributes;
    private final SpecialFiles files;
    private final TreeListing listing;
    private final Clock clock;

    /** A scanner that uses this machine's tools. */
    public RootfsScanner(CommandRunner commands) {
        this(commands, Clock.systemUTC());
    }

    RootfsScanner(CommandRunner commands, Clock clock) {
        this(new AttrTools(commands), new Coreutils(commands), new FindListing(commands), clock);
    }

    RootfsScanner(ExtendedAttributes attributes, SpecialFiles files, TreeListing listing, Clock clock) {
        this.attributes = attributes;
        this.files = files;
        this.listing = listing;
        this.clock = clock;
    }

    /**
     * Scans a tree that may be changing.
     *
     * @throws IOException if it cannot be read or is larger than a manifest may be
     */
    public RootfsScan scan(Path root) throws IOException {
        Instant begin = clock.instant();
        files.sync(TreePath.rawOf(root));
        return new TreeWalk(root, null, Set.of(), begin).run(attributes);
    }

    /**
     * Scans the same tree again, now frozen. What is read this time is read again in every later scan.
     *
     * @param previous the scan before
     * @param mapped   inode numbers of files to be read in any case
     */
    public RootfsScan rescan(Path root, RootfsScan previous, Collection<Long> mapped) throws IOException {
        Set<Long> inodes = Set.copyOf(mapped);
        Set<TreePath> stale = new HashSet<>();
        listing.list(root, (path, inode, changed) -> {
            RootfsScan.Known known = previous.known(path);
            if (known == null || !known.settled() || inodes.contains(inode) || !known.stamp().isStill(inode, changed)) {
                for (TreePath each = path; stale.add(each) && !each.isRoot();) {
                    each = each.parent();
                }
            }
        });
        return new TreeWalk(root, previous, stale, Instant.MIN).run(attributes);
    }
}
