package dev.caravan.rootfs;

import dev.caravan.beneath.Directory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;

/**
 * Lists a container's root file system. The first scan runs while the container does: what changes, appears or vanishes
 * under its hands is found by the second scan, which runs when the container is frozen and reads only what changed.
 *
 * <p>
 * A file is taken to be unchanged if its inode and its time of change are the same as before and that time lies before the first
 * scan began. Because a page that is already dirty can be written through a mapping without a new time of change, the
 * first scan begins with {@code syncfs}; what is mapped while frozen comes from {@link SharedMappings}. (What that
 * leaves open: a file on tmpfs that was written through a mapping after the first scan and unmapped before the freeze.)
 */
public final class RootfsScanner {
    private final Clock clock;

    public RootfsScanner() {
        this(Clock.systemUTC());
    }

    RootfsScanner(Clock clock) {
        this.clock = clock;
    }

    /**
     * Scans a tree that may be changing.
     *
     * @param stillWanted called before each file and each chunk of one; throws when nobody wants the scan any more
     * @throws IOException if it cannot be read or is larger than a manifest may be
     */
    public RootfsScan scan(Path root, Runnable stillWanted) throws IOException {
        Instant begin = clock.instant();
        try (Directory top = Directory.open(root)) {
            top.sync();
            return new TreeWalk(null, Set.of(), begin, stillWanted).run(top);
        }
    }

    /**
     * Scans the same tree again, now frozen. What is read this time is read again in every later scan.
     *
     * @param previous    the scan before
     * @param mapped      inode numbers of files to be read in any case
     * @param stillWanted called before each file and each chunk of one; throws when nobody wants the scan any more
     */
    public RootfsScan rescan(Path root, RootfsScan previous, Collection<Long> mapped, Runnable stillWanted)
            throws IOException {
        try (Directory top = Directory.open(root)) {
            return new TreeWalk(previous, Set.copyOf(mapped), Instant.MIN, stillWanted).run(top);
        }
    }
}
