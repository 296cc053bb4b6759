package dev.caravan.stage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** How much memory a container's processes use. */
final class ContainerMemory {
    private ContainerMemory() {
    }

    /** Resident and swapped memory of the process and all its descendants, in bytes (proc(5), VmRSS and VmSwap). */
    static long bytes(int pid) {
        return pids(pid).stream().mapToLong(ContainerMemory::ofProcess).sum();
    }

    /** The process and all its descendants. */
    static List<Integer> pids(int pid) {
        return ProcessHandle.of(pid)
                .map(first -> Stream.concat(Stream.of(first), first.descendants()).map(p -> (int) p.pid()).toList())
                .orElse(List.of());
    }

    private static long ofProcess(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:") || line.startsWith("VmSwap:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024).sum();
        } catch (IOException | java.io.UncheckedIOException e) {
            // it has ended since it was listed
            return 0;
        }
    }
}
