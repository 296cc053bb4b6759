package dev.caravan.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * The rules for {@code ids-*.img}. CRIU makes a namespace for a process where its id differs from that of CRIU itself at
 * the source, which {@code inventory.img} says ({@code root_ids}); where they are equal, or one is not there, the process
 * gets the host's, whatever the configuration says ({@code prepare_pstree_kobj_ids}).
 */
final class NamespaceRules {
    private static final int IDS = 0x54432030;
    /** {@code task_kobj_ids_entry} in {@code images/core.proto}, by the names of the configuration. */
    private static final Map<String, Integer> FIELDS = Map.of("pid", 5, "network", 6, "ipc", 7, "uts", 8, "mount", 9,
            "user", 10, "cgroup", 11, "time", 12);

    private NamespaceRules() {
    }

    /**
     * Judges one process.
     *
     * @param types of the namespaces that must be its container's own
     */
    static void require(Path file, Path inventory, Set<String> types) throws IOException {
        ProtobufMessage host = single(inventory, ImageRecords.INVENTORY).message(3);
        ProtobufMessage ids = single(file, IDS);
        for (String type : types) {
            int field = FIELDS.get(type);
            // as CRIU's numbers of 32 bits
            int outside = host == null ? 0 : (int) host.number(field, 0);
            int inside = (int) ids.number(field, 0);
            if (inside == 0 || outside == 0 || inside == outside) {
                throw new ImageRejected(String.valueOf(file.getFileName()), "a process would be in the host's " + type
                        + " namespace: its id is " + inside + ", the host's " + outside
                        + " (inventory.img); two different ids above 0 are allowed");
            }
        }
    }

    private static ProtobufMessage single(Path file, int magic) throws IOException {
        if (Files.notExists(file)) {
            throw new ImageRejected(String.valueOf(file.getFileName()), "it is missing");
        }
        var records = ImageRecords.read(file, magic);
        if (records.size() != 1) {
            throw new ImageRejected(String.valueOf(file.getFileName()), "it has " + records.size()
                    + " records instead of one");
        }
        return records.get(0);
    }
}
