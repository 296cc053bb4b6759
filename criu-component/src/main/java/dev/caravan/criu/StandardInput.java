package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Finds out whether a container is given its standard input through a pipe or socket by somebody outside of it. A runtime
 * restores it with other standard streams: the container would find the end of its input, and most programs end then.
 */
final class StandardInput {

    private static final Path PROC = Path.of("/proc");

    private StandardInput() {
    }

    /**
     * The pipe or socket, as the kernel names it; empty if there is none, no process of the container has it open, or
     * nobody outside could still write to it.
     *
     * @param first
     *            the container's first process
     * @param members
     *            all its processes
     */
    static Optional<String> fromOutside(long first, List<Long> members) {
        String input = link(PROC.resolve(first + "/fd/0"));
        if (input.startsWith("socket:")) {
            return Optional.of(input);
        }
        if (!input.startsWith("pipe:")) {
            return Optional.empty();
        }
        return ProcessEntry.all(process -> !members.contains(process.pid()) && writes(process.pid(), input)).isEmpty()
                ? Optional.empty()
                : Optional.of(input);
    }

    private static boolean writes(long pid, String pipe) {
        Path process = PROC.resolve(Long.toString(pid));
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (link(descriptor).equals(pipe)
                        && isWritable(process.resolve("fdinfo/" + descriptor.getFileName()))) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    /** Whether what is open was opened to be written: the last octal digit of its flags (open(2)). */
    private static boolean isWritable(Path fdinfo) throws IOException {
        return Files.readAllLines(fdinfo).stream().filter(line -> line.startsWith("flags:"))
                .anyMatch(line -> (line.charAt(line.length() - 1) - '0' & 3) != 0);
    }

    private static String link(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
