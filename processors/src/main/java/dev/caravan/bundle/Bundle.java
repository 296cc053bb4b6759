package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.wire.Excerpt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The configuration of an OCI bundle (runtime specification 1.x, config.json). That it can be read does not mean that it
 * may be used: see {@link BundleRules}.
 *
 * @param config the parsed config.json, without nulls
 */
public record Bundle(ObjectNode config) {
    /** A config.json is at most this long, in bytes; real ones have some tens of KiB. */
    public static final int MAX_BYTES = 4 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Where the network of a container comes from. */
    public enum Network {
        /** A namespace of its own that somebody else set up; it moves with the container. */
        NAMED,
        /** A namespace of its own with nothing but loopback. */
        PRIVATE,
        /** The host's; it cannot move. */
        HOST
    }

    /**
     * Reads the bundle in {@code directory}.
     *
     * @throws BundleRejected if its config.json can be understood in more than one way, or not at all
     */
    public static Bundle read(Path directory) throws IOException {
        Path file = directory.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            throw new BundleRejected(
                    file + " is not there, or no file: put back the configuration that the container was"
                            + " started with");
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new BundleRejected(file + " is longer than " + MAX_BYTES + " bytes");
        }
        return parse(Files.readAllBytes(file));
    }

    /**
     * Parses a config.json.
     *
     * @throws BundleRejected if it can be understood in more than one way, or not at all
     */
    public static Bundle parse(byte[] json) throws BundleRejected {
        if (json.length > MAX_BYTES) {
            throw new BundleRejected("config.json is longer than " + MAX_BYTES + " bytes");
        }
        ObjectNode root = ConfigReader.read(json);
        if (root.path("root").path("path").isTextual()) {
            return new Bundle(root);
        }
        throw new BundleRejected("config.json is not an OCI runtime configuration: root.path is missing");
    }

    /**
     * The root file system of the bundle in {@code directory}, without links.
     *
     * @throws BundleRejected if it is not a directory of the bundle's own, or reached through a link
     */
    public Path rootfs(Path directory) throws IOException {
        String text = config.path("root").path("path").asText();
        if (!Files.isDirectory(directory.resolve(text))) {
            throw new BundleRejected("/root/path is \"" + Excerpt.value(text) + "\", and there is no such directory in "
                    + directory + ": put back the one that the container was started with");
        }
        Path real = directory.toRealPath();
        Path named = directory.resolve(text).normalize();
        Path base = named.startsWith(directory) ? directory : real;
        if (!named.startsWith(base) || named.equals(base)) {
            throw new BundleRejected("/root/path is \"" + Excerpt.value(text)
                    + "\": a directory within the bundle is allowed; mount what is elsewhere into the bundle");
        }
        if (!named.toRealPath().equals(real.resolve(base.relativize(named)))) {
            throw new BundleRejected("/root/path is \"" + Excerpt.value(text)
                    + "\", which is a link: a directory is allowed");
        }
        return named.toRealPath();
    }

    /** Where the network comes from. */
    public Network network() {
        for (JsonNode namespace : config.path("linux").path("namespaces")) {
            if (namespace.path("type").asText().equals("network")) {
                return namespace.path("path").asText().isEmpty() ? Network.PRIVATE : Network.NAMED;
            }
        }
        return Network.HOST;
    }

    /** The types of the namespaces that the container has of its own, for example {@code pid}. */
    public Set<String> namespaces() {
        Set<String> types = new HashSet<>();
        config.path("linux").path("namespaces").forEach(namespace -> types.add(namespace.path("type").asText()));
        return Set.copyOf(types);
    }

    /** The path of the network namespace, if it is {@link Network#NAMED}. */
    public Optional<Path> networkNamespace() {
        if (network() == Network.NAMED) {
            for (JsonNode namespace : config.path("linux").path("namespaces")) {
                if (namespace.path("type").asText().equals("network")) {
                    return Optional.of(Path.of(namespace.path("path").asText()));
                }
            }
        }
        return Optional.empty();
    }

    /** Host paths that are mounted into the container; they do not move with it, so the destination must have them. */
    public List<Path> hostMounts() {
        List<Path> sources = new ArrayList<>();
        for (JsonNode mount : config.path("mounts")) {
            String source = mount.path("source").asText();
            if (MountRules.isBind(mount) && Rule.isPath(source)) {
                sources.add(Path.of(source));
            }
        }
        return List.copyOf(sources);
    }

    /** Whether the container's first process has a terminal, which belongs to whoever started it and cannot move. */
    public boolean hasTerminal() {
        return config.path("process").path("terminal").asBoolean();
    }

    /** This configuration with the host paths that it mounts as they really are here: without links. */
    public Bundle withRealPaths() {
        ObjectNode real = config.deepCopy();
        for (JsonNode mount : real.path("mounts")) {
            String source = mount.path("source").asText();
            if (MountRules.isBind(mount) && Rule.isPath(source)) {
                Admission.real(Path.of(source)).ifPresent(path -> ((ObjectNode) mount).put("source", path.toString()));
            }
        }
        return new Bundle(real);
    }

    /**
     * This configuration, which was judged, as it must be on another host.
     *
     * @param cgroup           the container's cgroup there, for example {@code /caravan/web}
     * @param networkNamespace the namespace that was prepared there; ignored unless the network is
     *                         {@link Network#NAMED}
     */
    public Bundle adaptedTo(String cgroup, Path networkNamespace) {
        ObjectNode adapted = config.deepCopy();
        adapted.remove("hooks");
        ((ObjectNode) adapted.path("root")).put("path", "rootfs");
        ObjectNode linux = adapted.withObjectProperty("linux");
        linux.put("cgroupsPath", cgroup);
        if (network() == Network.NAMED) {
            for (JsonNode namespace : (ArrayNode) linux.path("namespaces")) {
                if (namespace.path("type").asText().equals("network")) {
                    ((ObjectNode) namespace).put("path", networkNamespace.toString());
                }
            }
        }
        return new Bundle(adapted);
    }

    /** The configuration as JSON. */
    public byte[] toJson() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config);
        } catch (IOException e) {
            throw new IllegalStateException("a parsed configuration can always be written", e);
        }
    }
}
