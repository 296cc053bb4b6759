package dev.caravan.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.bundle.Bundle;
import dev.caravan.wire.Excerpt;
import java.util.Map;
import java.util.Set;

/**
 * The rules for where and how {@code mountpoints-*.img} mounts what commands the host ({@code images/mnt.proto}): the
 * kernel's file systems only where the configuration has them, and read-only what is so there.
 */
final class MountRules {
    /** By CRIU's number of a file system: its types in the configuration. */
    private static final Map<Long, Set<String>> KERNEL = Map.of(1L, Set.of("proc"), 2L, Set.of("sysfs"), 12L,
            Set.of("cgroup", "cgroup2"), 23L, Set.of("cgroup", "cgroup2"));
    private static final long PROC = 1;
    private static final long READ_ONLY = 1;

    private MountRules() {
    }

    static void require(String file, ProtobufMessage mount, Bundle bundle) throws ImageRejected {
        long type = mount.number(1, 0);
        String place = mount.text(7);
        String key = mount.text(18);
        boolean writable = (mount.number(5, 0) & READ_ONLY) == 0;
        boolean kernel = KERNEL.containsKey(type);
        boolean there = false;
        for (JsonNode configured : bundle.config().path("mounts")) {
            String destination = configured.path("destination").asText();
            boolean readOnly = readOnly(configured);
            if (kernel && KERNEL.get(type).contains(configured.path("type").asText())
                    && (place.equals(destination) || place.startsWith(destination + "/"))) {
                there = true;
                // of proc, what is below its own place are the configuration's readonlyPaths
                readOnly |= type == PROC && !place.equals(destination);
                requireReadOnly(file, place, writable && readOnly);
            } else if (key.equals(destination)) {
                requireReadOnly(file, place, writable && readOnly);
            }
        }
        if (kernel && !there || place.contains("/../") || place.endsWith("/..")) {
            throw new ImageRejected(file, "at \"" + Excerpt.value(place) + "\" it mounts a file system (type " + type
                    + ") where the bundle has none; the destinations of its mounts are allowed");
        }
    }

    private static void requireReadOnly(String file, String place, boolean violated) throws ImageRejected {
        if (violated) {
            throw new ImageRejected(file, "at \"" + Excerpt.value(place)
                    + "\" it mounts for writing what is read-only in the bundle");
        }
    }

    private static boolean readOnly(JsonNode configured) {
        boolean readOnly = false;
        boolean readWrite = false;
        for (JsonNode option : configured.path("options")) {
            readOnly |= option.asText().equals("ro");
            readWrite |= option.asText().equals("rw");
        }
        return readOnly && !readWrite;
    }
}
