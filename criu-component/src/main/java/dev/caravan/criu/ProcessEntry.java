package dev.caravan.criu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the kernel says of a process (proc(5)). It may end at any moment: then all that is read of it is nothing.
 *
 * @param pid
 *            as this JVM's PID namespace counts
 */
record ProcessEntry(long pid) {

    private static final Path PROC = Path.of("/proc");
    private static final int STATE = 0;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    /** The processes that are as wanted, of all that this JVM sees. */
    static List<ProcessHandle> all(Predicate<ProcessEntry> wanted) {
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                ProcessEntry entry = new ProcessEntry(Long.parseLong(String.valueOf(process.getFileName())));
                if (wanted.test(entry) && !entry.ended()) {
                    ProcessHandle.of(entry.pid).ifPresent(found::add);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The processes of this machine cannot be read", e);
        }
        return found;
    }

    /** Whether it is in the PID namespace of this JVM. A container's process may call itself anything, but is in another. */
    boolean ofThisHost() {
        return link("ns/pid").equals(link(PROC.resolve("self/ns/pid")));
    }

    /** Where a link of its directory leads. */
    Optional<Path> link(String name) {
        return link(directory().resolve(name));
    }

    List<String> environment() {
        return List.of(text("environ").split("\0"));
    }

    /** Whether it is in a cgroup of this path, or one below, in any hierarchy. */
    boolean inCgroup(String path) {
        return text("cgroup").lines().map(line -> line.substring(line.indexOf(':', line.indexOf(':') + 1) + 1))
                .anyMatch(own -> own.equals(path) || own.startsWith(path + "/"));
    }

    /** What differs as long as it does anything: times on a processor, and input and output. */
    String progress() {
        List<String> stat = stat();
        return stat.size() > SYSTEM_TIME
                ? pid + " " + stat.get(USER_TIME) + " " + stat.get(SYSTEM_TIME) + text("io")
                : "";
    }

    private boolean ended() {
        List<String> stat = stat();
        return stat.isEmpty() || stat.get(STATE).equals("Z") || stat.get(STATE).equals("X");
    }

    /** The fields of {@code stat} after the program's name, which may hold anything. */
    private List<String> stat() {
        String stat = text("stat");
        int name = stat.lastIndexOf(") ");
        return name < 0 ? List.of() : List.of(stat.substring(name + 2).split(" "));
    }

    private Path directory() {
        return PROC.resolve(Long.toString(pid));
    }

    private static Optional<Path> link(Path link) {
        try {
            return Optional.of(Files.readSymbolicLink(link));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private String text(String name) {
        try {
            return Files.readString(directory().resolve(name), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
