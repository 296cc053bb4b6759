package dev.caravan.rootfs;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Files that processes have mapped shared and writable. A store into such a mapping need not change any time stamp (on
 * tmpfs it never does), so these files are read again however old they look. Files are told by inode number alone: the
 * device that the kernel prints here is not the one that {@code stat} gives on overlayfs and btrfs.
 */
public final class SharedMappings {
    /** What comes before the path takes fewer bytes. */
    private static final int MAX_FIELDS = 128;
    private static final Pattern BLANKS = Pattern.compile(" +");
    private static final Pattern SHARED = Pattern.compile(".w.s");

    private SharedMappings() {
    }

    /** The inode numbers of what these processes can write through mappings; a process that is gone has none. */
    public static Set<Long> of(Collection<Integer> pids) throws IOException {
        Set<Long> inodes = new HashSet<>();
        for (int pid : pids) {
            try (InputStream maps = new BufferedInputStream(
                    Files.newInputStream(Path.of("/proc", Integer.toString(pid), "maps")))) {
                parse(maps, inodes);
            } catch (NoSuchFileException e) {
                continue;
            }
        }
        return inodes;
    }

    /**
     * Reads lines of addresses, permissions, offset, device, inode, path; see proc(5). The path is the container's choice:
     * only a line feed ends a line, and however long a path is, it is not kept.
     */
    static void parse(InputStream maps, Set<Long> inodes) throws IOException {
        StringBuilder fields = new StringBuilder(MAX_FIELDS);
        for (int next = maps.read(); next >= 0; next = maps.read()) {
            if (next == '\n') {
                parse(fields.toString(), inodes);
                fields.setLength(0);
            } else if (fields.length() < MAX_FIELDS) {
                fields.append((char) next);
            }
        }
    }

    private static void parse(String line, Set<Long> inodes) throws IOException {
        String[] fields = BLANKS.split(line, 6);
        try {
            long inode = fields.length >= 5 && SHARED.matcher(fields[1]).matches()
                    ? Long.parseUnsignedLong(fields[4])
                    : 0;
            if (inode != 0) {
                inodes.add(inode);
            }
        } catch (NumberFormatException e) {
            throw new IOException("the kernel lists a mapping of something that is no file", e);
        }
    }
}
