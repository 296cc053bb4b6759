package dev.caravan.host;

import dev.caravan.wire.Excerpt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A process of this machine (proc(5)).
 *
 * @param pid        its number, as the agent counts
 * @param parent     its parent's number; 0 if that is not to be seen from here
 * @param name       what it calls itself, at most 15 characters that are safe to print
 * @param cgroup     its cgroup by which it is frozen: of the controller {@code freezer}, or of the one hierarchy of version 2
 * @param namespaces the namespaces that it lives in, by the names of {@code /proc/PID/ns}, for example {@code net}
 */
public record HostProcess(int pid, int parent, String name, String cgroup, Map<String, String> namespaces) {

    private static final int MAX_NAME = 15;
    private static final int PARENT = 1;

    /** All that live, but those that end while they are looked at. */
    public static List<HostProcess> all() throws IOException {
        List<HostProcess> found = new ArrayList<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path directory : directories) {
                read(directory).ifPresent(found::add);
            }
        }
        return found;
    }

    private static Optional<HostProcess> read(Path directory) {
        try {
            String stat = text(directory.resolve("stat"));
            // the name stands in parentheses, and may hold some itself
            String[] fields = stat.substring(stat.lastIndexOf(") ") + 2).split(" ");
            return Optional.of(new HostProcess(Integer.parseInt(String.valueOf(directory.getFileName())),
                    Integer.parseInt(fields[PARENT]),
                    Excerpt.of(text(directory.resolve("comm")).strip(), MAX_NAME), cgroup(directory),
                    namespaces(directory)));
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            return Optional.empty(); // it has ended
        }
    }

    private static Map<String, String> namespaces(Path directory) throws IOException {
        Map<String, String> namespaces = new TreeMap<>();
        try (DirectoryStream<Path> links = Files.newDirectoryStream(directory.resolve("ns"))) {
            for (Path link : links) {
                namespaces.put(String.valueOf(link.getFileName()), Files.readSymbolicLink(link).toString());
            }
        }
        return namespaces;
    }

    private static String cgroup(Path directory) throws IOException {
        String unified = "";
        for (String line : text(directory.resolve("cgroup")).lines().toList()) {
            String[] fields = line.split(":", 3); // number, controllers, path
            if (List.of(fields[1].split(",")).contains("freezer")) {
                return fields[2];
            }
            unified = fields[0].equals("0") ? fields[2] : unified;
        }
        return unified;
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    /** As a message names it. */
    @Override
    public String toString() {
        return "process " + pid + " (" + name + ") in cgroup " + Excerpt.value(cgroup);
    }
}
