package dev.caravan.stage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How much memory a container's processes use. */
final class ContainerMemory {
    /** Only a line feed begins a line: a process may have any other character in its name. */
    private static final Pattern SIZE = Pattern.compile("\nVm(?:RSS|Swap):\\s*(\\d{1,15}) kB");

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
        try {
            String status = Files.readString(Path.of("/proc", Long.toString(pid), "status"),
                    StandardCharsets.ISO_8859_1);
            Matcher sizes = SIZE.matcher(status);
            long kibibytes = 0;
            while (sizes.find()) {
                kibibytes += Long.parseLong(sizes.group(1));
            }
            return kibibytes * 1024;
        } catch (IOException e) {
            // it has ended since it was listed
            return 0;
        }
    }
}
