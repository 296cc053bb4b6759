package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Files that processes have mapped shared and writable. A store into such a mapping need not change any time stamp (on
 * tmpfs it never does), so these files are read again however old they look. Files are told by inode number alone: the
 * device that the kernel prints here is not the one that {@code stat} gives on overlayfs and btrfs.
 */
public final class SharedMappings {
    private SharedMappings() {
    }

    /** The inode numbers of what these processes can write through mappings; a process that is gone has none. */
    public static Set<Long> of(Collection<Integer> pids) throws IOException {
        Set<Long> inodes = new HashSet<>();
        for (int pid : pids) {
            try (Stream<String> maps = Files.lines(Path.of("/proc", Integer.toString(pid), "maps"),
                    StandardCharsets.ISO_8859_1)) {
                maps.forEach(line -> parse(line, inodes));
            } catch (NoSuchFileException e) {
                continue;
            }
        }
        return inodes;
    }

    /** A line is: addresses, permissions, offset, device, inode, path; see proc(5). */
    static void parse(String line, Set<Long> inodes) {
        String[] fields = line.split(" +", 6);
        if (fields.length >= 5 && fields[1].matches(".w.s") && !fields[4].equals("0")) {
            inodes.add(Long.parseLong(fields[4]));
        }
    }
}
