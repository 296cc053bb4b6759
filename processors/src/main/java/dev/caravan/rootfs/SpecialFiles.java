package dev.caravan.rootfs;

import java.io.IOException;
import java.util.Collection;

/** What Java cannot make, and times that Java cannot set. Paths are absolute, one character a byte. */
public interface SpecialFiles {

    /** Makes FIFOs, mode 0600. */
    void fifos(Collection<String> rawPaths) throws IOException;

    /**
     * A device node to make.
     *
     * @param rawPath where
     * @param block   whether it is a block device; else it is a character device
     */
    record Device(String rawPath, boolean block, int major, int minor) {
    }

    /** Makes device nodes, mode 0600. */
    void devices(Collection<Device> devices) throws IOException;

    /**
     * A symbolic link to make.
     *
     * @param rawPath   where
     * @param rawTarget what it says, to the byte
     */
    record Link(String rawPath, String rawTarget) {
    }

    /** Makes symbolic links. */
    void links(Collection<Link> links) throws IOException;

    /** Sets the time of last modification without opening the files or following links. */
    void touch(Collection<String> rawPaths, long seconds, int nanos) throws IOException;

    /** Writes everything that the file system which holds {@code rawPath} keeps in memory to its disk. */
    void sync(String rawPath) throws IOException;
}
