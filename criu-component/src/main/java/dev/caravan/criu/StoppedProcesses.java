package dev.caravan.criu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Finds processes that a signal or job control has stopped. CRIU would wait in the kernel for ever for one of them to
 * answer it below a frozen cgroup. The kernel shows them as stopped only as long as they are not frozen.
 */
final class StoppedProcesses {

    private static final int MAX_NAME = 15;

    private StoppedProcesses() {
    }

    /** The first of {@code pids} that is stopped, as pid and name. */
    static Optional<String> among(List<Long> pids) {
        return pids.stream().filter(StoppedProcesses::stopped).findFirst()
                .map(pid -> pid + " (" + name(pid) + ")");
    }

    private static boolean stopped(long pid) {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads) {
                String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
                // the state follows the name, which may hold anything
                if (stat.startsWith("T ", stat.lastIndexOf(") ") + 2)) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    /** A process chooses its name: only what is harmless in a message is shown. */
    private static String name(long pid) {
        try {
            String name = Files.readString(Path.of("/proc", Long.toString(pid), "comm"), StandardCharsets.ISO_8859_1)
                    .strip().replaceAll("[^ -~]", "?");
            return name.substring(0, Math.min(name.length(), MAX_NAME));
        } catch (IOException e) {
            return "ended";
        }
    }
}
