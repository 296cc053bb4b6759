package dev.caravan.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.bundle.Bundle;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Judges the images of a container before they are restored. CRIU gives processes what their images say, whatever the
 * configuration says: a bundle's limits hold only if the images keep to them. Judged is what reaches beyond the
 * container: the capabilities of every thread, the namespaces and cgroups of every process, the file systems that are
 * mounted, and what the runtime passes to CRIU from its own file. The formats are CRIU's ({@code images/core.proto, creds.proto, mnt.proto}) and runc's.
 */
public final class ImageRules {
    private static final int CORE = 0x55053847;
    private static final int MOUNTPOINTS = 0x55563928;
    private static final int DEAD = 2;
    private static final int ZOMBIE = 6;
    /** Effective, permitted, inheritable, bounding, ambient; each two words of 32 bits. */
    private static final List<Integer> CAPABILITY_SETS = List.of(9, 10, 11, 12, 19);
    private static final int WORDS = 2;
    /** Mounts within the root file system (0), proc, sysfs, tmpfs, devpts, cgroup, mqueue, cgroup2. */
    private static final Set<Long> FILE_SYSTEMS = Set.of(0L, 1L, 2L, 5L, 6L, 12L, 14L, 23L);
    private static final String PIPE = "pipe:";
    private static final Pattern PIPE_NAME = Pattern.compile("pipe:\\[[0-9]{1,20}]");
    private static final int MAX_DESCRIPTORS = 16 << 10;

    private final Predicate<String> capability;

    /** @param capability whether processes may have a capability, by its name */
    public ImageRules(Predicate<String> capability) {
        this.capability = capability;
    }

    /**
     * Judges all images in a directory.
     *
     * @param bundle the container's configuration, which was judged
     * @throws ImageRejected naming the first file that holds what is not allowed
     */
    public void require(Path directory, Bundle bundle) throws IOException {
        Set<String> namespaces = bundle.namespaces();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (name.startsWith("core-")) {
                    core(file, name);
                } else if (name.startsWith("mountpoints-")) {
                    mounts(file, name, bundle);
                } else if (name.startsWith("ids-")) {
                    NamespaceRules.require(file, directory.resolve("inventory.img"), namespaces);
                } else if (name.equals("cgroup.img")) {
                    CgroupRules.require(file, namespaces.contains("cgroup"));
                } else if (name.equals("descriptors.json")) {
                    descriptors(file, name);
                }
            }
        }
    }

    /** One thread. Without credentials in its image it would keep CRIU's, which are root's. */
    private void core(Path file, String name) throws IOException {
        List<ProtobufMessage> records = ImageRecords.read(file, CORE);
        if (records.size() != 1) {
            throw new ImageRejected(name, "it describes " + records.size() + " threads instead of one");
        }
        ProtobufMessage task = records.get(0).message(3);
        ProtobufMessage thread = records.get(0).message(5);
        ProtobufMessage credentials = thread == null ? null : thread.message(10);
        if (credentials == null) {
            long state = task == null ? 0 : task.number(1, 0);
            if (thread == null && (state == DEAD || state == ZOMBIE)) {
                return;
            }
            throw new ImageRejected(name, "a thread is without credentials");
        }
        for (int set : CAPABILITY_SETS) {
            List<Integer> words = credentials.numbers(set);
            if (words.size() > WORDS) {
                throw new ImageRejected(name, "a set of capabilities has " + words.size() + " words; " + WORDS
                        + " are allowed");
            }
            for (int number = 0; number < words.size() * Integer.SIZE; number++) {
                boolean has = (words.get(number / Integer.SIZE) >>> number % Integer.SIZE & 1) != 0;
                if (has && !capability.test(Capabilities.name(number))) {
                    throw new ImageRejected(name, "a thread has " + Capabilities.name(number)
                            + ", which is not a default capability; \"capabilities\" in caravan.admission allows it");
                }
            }
        }
    }

    /** What is external the runtime maps by the configuration; what else would be mounted anew must be harmless. */
    private void mounts(Path file, String name, Bundle bundle) throws IOException {
        List<ProtobufMessage> mounts = ImageRecords.read(file, MOUNTPOINTS);
        Set<Long> ids = new HashSet<>();
        for (ProtobufMessage mount : mounts) {
            ids.add(mount.number(2, -1));
        }
        int roots = 0;
        for (ProtobufMessage mount : mounts) {
            boolean external = mount.number(13, 0) != 0 || !mount.text(18).isEmpty();
            if (!ids.contains(mount.number(4, -1))) {
                roots++;
                continue;
            }
            if (!external && !FILE_SYSTEMS.contains(mount.number(1, 0))) {
                throw new ImageRejected(name, "at " + mount.text(7) + " it mounts a file system that no container is"
                        + " given (type " + mount.number(1, 0) + ")");
            }
            // who may have this capability mounts what it likes
            if (!capability.test("CAP_SYS_ADMIN")) {
                MountRules.require(name, mount, bundle);
            }
        }
        if (roots != 1) {
            throw new ImageRejected(name, "it has " + roots + " roots instead of one");
        }
    }

    /** The names of the first process's standard descriptors. runc has CRIU put its own in the place of each pipe. */
    private static void descriptors(Path file, String name) throws IOException {
        if (Files.size(file) > MAX_DESCRIPTORS) {
            throw new ImageRejected(name, "it is longer than " + MAX_DESCRIPTORS + " bytes");
        }
        JsonNode names;
        try {
            names = WireJson.tree(Files.readAllBytes(file));
        } catch (MalformedJson e) {
            throw new ImageRejected(name, e.getMessage());
        }
        if (!names.isArray() || names.size() != 3) {
            throw new ImageRejected(name, "an array of three names is allowed");
        }
        for (JsonNode descriptor : names) {
            String text = descriptor.asText();
            if (!descriptor.isTextual()
                    || !text.startsWith("/") && !text.matches("[a-z_]{1,32}:\\[?[a-z0-9_]{1,40}]?")
                    || text.contains(PIPE) && !PIPE_NAME.matcher(text).matches()) {
                throw new ImageRejected(name, "a descriptor is " + descriptor
                        + "; a path, or a name like pipe:[123], is allowed");
            }
        }
    }
}
