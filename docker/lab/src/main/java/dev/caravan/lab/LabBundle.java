package dev.caravan.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A container's bundle on a host: a copy of somebody's, whose own is left as it is, or a sample. */
final class LabBundle {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> REPLACED_NAMESPACES = Set.of("network", "cgroup");
    private static final Set<String> REPLACED_ENTRIES = Set.of("config.json", "rootfs");
    private static final int MAX_CONFIG_BYTES = 4 << 20;

    private final Path directory;
    private final LabMark mark;

    /** @param directory where the bundle is to be */
    LabBundle(Path directory, LabMark mark) {
        this.directory = directory;
        this.mark = mark;
    }

    /** Makes the bundle of a sample: Redis, or {@code command} if that is not empty. */
    void makeSample(List<String> command, String cgroup, Path networkNamespace) throws IOException {
        List<String> inside = SampleRoot.make(Files.createDirectories(directory.resolve("rootfs")),
                command.isEmpty() ? SampleRoot.REDIS : command);
        Program.run("runc", "spec", "--bundle", directory.toString());
        ObjectNode config = read(directory);
        ((ObjectNode) config.path("root")).put("readonly", false);
        write(config, inside, cgroup, networkNamespace);
    }

    /** Copies somebody's bundle; {@code command} replaces its own if that is not empty. */
    void copy(Path original, List<String> command, String cgroup, Path networkNamespace) throws IOException {
        ObjectNode config = read(original);
        Path rootfs = original.resolve(config.path("root").path("path").asText()).toRealPath();
        Path top = original.toRealPath();
        try (Stream<Path> entries = Files.list(top)) {
            for (Path entry : entries.toList()) {
                boolean holdsRoot = Files.exists(entry) && rootfs.startsWith(entry.toRealPath());
                if (!holdsRoot && REPLACED_ENTRIES.stream().noneMatch(entry::endsWith)) {
                    mark.run(List.of("cp", "-a", "--reflink=auto", entry.toString(), directory.toString()));
                }
            }
        }
        Path copied = Files.createDirectories(directory.resolve("rootfs"));
        mark.run(List.of("cp", "-a", "--reflink=auto", rootfs + "/.", copied.toString()));
        write(config, command, cgroup, networkNamespace);
    }

    private static ObjectNode read(Path bundle) throws IOException {
        Path file = bundle.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            throw new LabFailed(bundle + " is not an OCI bundle: it has no config.json; 'runc spec' writes one");
        }
        if (Files.size(file) > MAX_CONFIG_BYTES) {
            throw new LabFailed(file + " is longer than " + MAX_CONFIG_BYTES + " bytes");
        }
        JsonNode config = WireJson.tree(Files.readAllBytes(file));
        if (config instanceof ObjectNode object && config.path("root").path("path").isTextual()
                && config.path("process").isObject()) {
            return object;
        }
        throw new LabFailed(file + " is not a container's configuration: root.path or process is missing");
    }

    /**
     * The container gets the host's cgroup parent and a network namespace that was made for it. A cgroup namespace is
     * left out, for it would not fit the cgroup of another host.
     */
    private void write(ObjectNode config, List<String> command, String cgroup, Path networkNamespace)
            throws IOException {
        ObjectNode process = (ObjectNode) config.path("process");
        process.put("terminal", false);
        process.remove("consoleSize");
        if (!command.isEmpty()) {
            ArrayNode arguments = process.putArray("args");
            command.forEach(arguments::add);
        }
        ((ObjectNode) config.path("root")).put("path", "rootfs");
        ObjectNode linux = config.withObjectProperty("linux");
        linux.put("cgroupsPath", cgroup);
        List<JsonNode> namespaces = new ArrayList<>();
        linux.path("namespaces").forEach(namespace -> {
            if (!REPLACED_NAMESPACES.contains(namespace.path("type").asText())) {
                namespaces.add(namespace);
            }
        });
        ArrayNode kept = linux.putArray("namespaces").addAll(namespaces);
        kept.addObject().put("type", "network").put("path", networkNamespace.toString());
        Files.write(directory.resolve("config.json"), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config));
    }
}
