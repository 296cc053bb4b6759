package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a platform lets containers have that arrive, beyond what every runtime gives by default: its admission policy, as
 * {@code schema/admission-policy.schema.json} has it. Names that end in {@code *} stand for all that begin so.
 *
 * @param hostPaths        directories and files of this host that may be mounted, with all that is beneath them
 * @param capabilities     names of capabilities, for example {@code CAP_NET_ADMIN}
 * @param devices          devices that may be used
 * @param sysctls          names of kernel parameters, for example {@code net.ipv4.tcp_*}
 * @param annotations      names of annotations
 * @param unprotectedPaths paths below /proc and /sys that need be neither masked nor read-only
 */
public record Admission(List<HostPath> hostPaths, List<String> capabilities, List<Device> devices,
        List<String> sysctls, List<String> annotations, List<String> unprotectedPaths) {

    /** What every runtime gives by default, and no host paths. */
    public static final Admission DEFAULT = new Admission(List.of(), List.of(), List.of(), List.of(), List.of(),
            List.of());

    private static final int MAX_BYTES = 1 << 20;

    /**
     * A path that may be mounted.
     *
     * @param path     absolute; links in it are followed when a bundle is judged
     * @param readOnly whether only a mount that is read-only may have it
     */
    public record HostPath(Path path, boolean readOnly) {
    }

    /**
     * A device that may be used.
     *
     * @param type   {@code c}, {@code b}, or {@code a} for both
     * @param major  null for all
     * @param minor  null for all
     * @param access any of {@code r}, {@code w}, {@code m} (make a node)
     */
    public record Device(String type, Long major, Long minor, String access) {
        boolean covers(String wantedType, Long wantedMajor, Long wantedMinor, String wantedAccess) {
            return (type.equals("a") || type.equals(wantedType))
                    && (major == null || major.equals(wantedMajor)) && (minor == null || minor.equals(wantedMinor))
                    && wantedAccess.chars().allMatch(one -> access.indexOf(one) >= 0);
        }
    }

    public Admission {
        hostPaths = List.copyOf(hostPaths);
        capabilities = List.copyOf(capabilities);
        devices = List.copyOf(devices);
        sysctls = List.copyOf(sysctls);
        annotations = List.copyOf(annotations);
        unprotectedPaths = List.copyOf(unprotectedPaths);
    }

    /**
     * Reads a policy.
     *
     * @throws IOException naming the file, and the field that is wrong
     */
    public static Admission read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("admission policy " + file + " is longer than " + MAX_BYTES + " bytes");
        }
        JsonNode node;
        try {
            node = WireJson.tree(Files.readAllBytes(file));
        } catch (MalformedJson e) {
            throw new IOException("admission policy " + file + ": " + e.getMessage(), e);
        }
        String faults;
        try (InputStream schema = Admission.class.getResourceAsStream("/schema/admission-policy.schema.json")) {
            faults = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema).validate(node)
                    .stream().map(fault -> fault.getMessage()).sorted().collect(Collectors.joining("; "));
        }
        if (!faults.isEmpty()) {
            throw new IOException("admission policy " + file + ": " + faults);
        }
        List<HostPath> paths = new ArrayList<>();
        for (JsonNode path : node.path("hostPaths")) {
            String text = path.path("path").asText();
            if (!Rule.isPath(text)) {
                throw new IOException("admission policy " + file + ": hostPaths has \"" + text
                        + "\"; an absolute path without . or .. is allowed");
            }
            paths.add(new HostPath(Path.of(text), path.path("readOnly").asBoolean()));
        }
        List<Device> devices = new ArrayList<>();
        node.path("devices").forEach(device -> devices.add(new Device(device.path("type").asText(),
                number(device.path("major")), number(device.path("minor")), device.path("access").asText("rwm"))));
        return new Admission(paths, texts(node, "capabilities"), devices, texts(node, "sysctls"),
                texts(node, "annotations"), texts(node, "unprotectedPaths"));
    }

    /**
     * Whether a path of this host may be mounted.
     *
     * @param real     the path with all links followed
     * @param readOnly whether the mount is read-only
     */
    boolean allowsHostPath(Path real, boolean readOnly) {
        return hostPaths.stream().anyMatch(allowed -> (readOnly || !allowed.readOnly())
                && real(allowed.path()).filter(real::startsWith).isPresent());
    }

    /** Whether a process may have a capability, for example {@code CAP_KILL}. */
    public boolean allowsCapability(String name) {
        return ProcessRules.DEFAULT_CAPABILITIES.contains(name) || capabilities.contains(name);
    }

    boolean allowsDevice(String type, Long major, Long minor, String access) {
        return devices.stream().anyMatch(device -> device.covers(type, major, minor, access));
    }

    /** Whether one of some names, maybe with a star at its end, stands for this one. */
    static boolean matches(List<String> names, String name) {
        return names.stream().anyMatch(allowed -> allowed.endsWith("*")
                ? name.startsWith(allowed.substring(0, allowed.length() - 1))
                : name.equals(allowed));
    }

    /**
     * A path of this host with all links followed; what of its end is not there stays as it is. Empty if it cannot be
     * followed, for example because of a loop of links.
     */
    static Optional<Path> real(Path path) {
        try {
            return Optional.of(path.toRealPath());
        } catch (java.nio.file.NoSuchFileException e) {
            // a link that leads nowhere leads somewhere tomorrow
            return Files.isSymbolicLink(path)
                    ? Optional.empty()
                    : Optional.ofNullable(path.getParent()).flatMap(Admission::real)
                            .map(parent -> parent.resolve(path.getFileName()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Long number(JsonNode node) {
        return node.isMissingNode() ? null : node.asLong();
    }

    private static List<String> texts(JsonNode policy, String field) {
        List<String> texts = new ArrayList<>();
        policy.path(field).forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
