package dev.caravan.lab;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;

/** What is mounted on this machine, and the removal of directories that must not reach into a mount. */
final class LabMounts {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");
    private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/shmem_enabled");

    private LabMounts() {
    }

    /**
     * Mounts a tmpfs, of large pages where the kernel can: images are written and read several times faster, and what was
     * deleted serves the next one at once rather than only on the processor that deleted it.
     *
     * @param mebibytes its size; 0 leaves it to the kernel
     */
    static void tmpfs(String name, Path directory, int mebibytes) throws IOException {
        Files.createDirectories(directory);
        String size = mebibytes == 0 ? "" : ",size=" + mebibytes + "m";
        String pages = Files.exists(HUGE_PAGES) ? ",huge=within_size" : "";
        Program.run("mount", "-t", "tmpfs", "-o", "mode=0700,nosuid,nodev" + size + pages, name, directory.toString());
    }

    /** Mount points at or below {@code directory}, the deepest first. */
    static List<Path> below(Path directory) {
        try {
            return Files.readAllLines(TABLE).stream().map(line -> Path.of(unescaped(line.split(" ")[4])))
                    .filter(point -> point.startsWith(directory)).sorted(Comparator.reverseOrder()).toList();
        } catch (IOException e) {
            throw new LabFailed("cannot read " + TABLE, e);
        }
    }

    /** Takes away all that is mounted at or below {@code directory}; what is still in use goes when it no longer is. */
    static void unmountBelow(Path directory) {
        for (List<Path> points = below(directory); !points.isEmpty(); points = below(directory)) {
            for (Path point : points) {
                Program.run("umount", "--lazy", point.toString());
            }
        }
    }

    /** Deletes a directory and all in it, after all mounts below it; never follows a symbolic link. */
    static void delete(Path directory) {
        unmountBelow(directory);
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException e) {
            // there is nothing to delete
        } catch (IOException e) {
            throw new LabFailed("cannot delete " + directory + ": " + e.getMessage(), e);
        }
    }

    /** mountinfo writes blanks, tabs, line ends and backslashes as three octal digits (proc(5)). */
    private static String unescaped(String field) {
        return field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
    }
}
