package dev.caravan.beneath;

import static dev.caravan.machine.Machine.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicBoolean;

/** What belongs to the host, beside a container's tree, and a container that tries to have it reached. */
public final class Outside {
    /** Neither content nor size nor mode is anything that is inside. */
    public static final String SECRET = "root:$y$host-secret:19000:0:99999:7:::";

    private final Path directory;

    private Outside(Path directory) {
        this.directory = directory;
    }

    /** Makes a directory of the host's with some of everything in it, under the names that the tests use inside. */
    public static Outside make(Path directory) throws IOException {
        Files.createDirectories(directory.resolve("dir/below"));
        Files.writeString(directory.resolve("file"), SECRET);
        Files.writeString(directory.resolve("dir/file"), SECRET);
        Files.writeString(directory.resolve("a"), SECRET);
        run("chmod", "4640", directory.resolve("file").toString());
        Files.createSymbolicLink(directory.resolve("link"), Path.of("host-secret"));
        run("mkfifo", directory.resolve("fifo").toString());
        return new Outside(directory);
    }

    public Path directory() {
        return directory;
    }

    /** Everything of it that can be seen, times of change included: whatever touches it changes this. */
    public String describe() throws IOException {
        return run("find", directory.toString(), "-printf", "%p %y %i %m %U %G %s %n %T@ %C@ %l\\n")
                + run("getfattr", "-R", "-P", "-h", "-d", "-m", "-", "--absolute-names", directory.toString());
    }

    /**
     * A container's thread that exchanges a directory of its own for a link to the host's, and back, until it is closed.
     */
    public static final class Swapper implements AutoCloseable {
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final Thread thread;
        private volatile long swaps;
        private volatile IOException failure;

        public Swapper(Path own, Path hosts) {
            Path kept = own.resolveSibling("kept");
            Path link = own.resolveSibling("to-the-host");
            thread = new Thread(() -> {
                try {
                    Files.createSymbolicLink(link, hosts);
                    while (!stopped.get()) {
                        swaps += move(own, kept) & move(link, own) & move(own, link) & move(kept, own) ? 1 : 0;
                    }
                } catch (IOException e) {
                    failure = e;
                }
            }, "swapper");
            thread.start();
        }

        /** Whether it was there to be moved: the tree may be being deleted or changed. */
        private static boolean move(Path from, Path to) {
            try {
                Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        /** How often it has done so. */
        public long swaps() {
            return swaps;
        }

        @Override
        public void close() throws IOException {
            stopped.set(true);
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (failure != null) {
                throw failure;
            }
        }
    }
}
