package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** What is mounted where this JVM looks (proc(5), {@code /proc/self/mountinfo}). */
public final class Mounts {

    private static final int MOUNT_POINT = 4;

    private Mounts() {
    }

    /**
     * @param directory
     *            without a link in its path
     * @return the mount points at or below it, the deepest first
     * @throws IOException
     *             if the kernel's list cannot be read
     */
    public static List<Path> below(Path directory) throws IOException {
        return below(directory, Files.readAllLines(Path.of("/proc/self/mountinfo")));
    }

    static List<Path> below(Path directory, List<String> mountinfo) {
        return mountinfo.stream().map(line -> line.split(" ")).filter(fields -> fields.length > MOUNT_POINT)
                .map(fields -> Path.of(unescape(fields[MOUNT_POINT]))).filter(point -> point.startsWith(directory))
                .sorted(Comparator.comparingInt(Path::getNameCount).reversed()).toList();
    }

    /** The kernel writes blank, tab, line end and backslash as three octal digits. */
    private static String unescape(String escaped) {
        return escaped.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
    }
}
