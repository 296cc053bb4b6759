package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The rules for {@code linux}: namespaces, cgroup, seccomp, kernel parameters, what of /proc and /sys is covered. */
final class LinuxRules {
    /** Without one of its own in each of these a container would be in the host's. */
    private static final List<String> NEEDED_NAMESPACES = List.of("pid", "network", "ipc", "uts", "mount");
    private static final List<String> NAMESPACES = List.of("pid", "network", "ipc", "uts", "mount", "user", "cgroup",
            "time");
    private static final List<String> PROPAGATIONS = List.of("private", "rprivate", "slave", "rslave", "unbindable",
            "runbindable");
    private static final List<String> CONTROLLERS = List.of("memory", "cpu", "cpuset", "io", "pids", "hugetlb");
    /** What Docker and Podman set of their own accord. */
    private static final Set<String> DEFAULT_SYSCTLS = Set.of("net.ipv4.ping_group_range",
            "net.ipv4.ip_unprivileged_port_start");
    private static final int MAX_PATHS = 1024;

    private LinuxRules() {
    }

    static Rule of(Admission admission) {
        Rule mappings = Rule.list(340, new ObjectRule().must("containerID", Rule.number(0, Rule.MAX_ID))
                .must("hostID", Rule.number(0, Rule.MAX_ID)).must("size", Rule.number(1, Rule.MAX_ID)));
        Rule paths = Rule.list(MAX_PATHS, Rule.path());
        Rule offset = new ObjectRule().may("secs", Rule.number(Integer.MIN_VALUE, Integer.MAX_VALUE))
                .may("nanosecs", Rule.number(0, 999_999_999));
        return new ObjectRule()
                .must("namespaces", Rule.list(NAMESPACES.size(), new ObjectRule()
                        .must("type", Rule.oneOf(NAMESPACES)).may("path", Rule.path()))
                        .and(LinuxRules::namespaces))
                .may("uidMappings", mappings).may("gidMappings", mappings)
                .may("timeOffsets", new ObjectRule().may("monotonic", offset).may("boottime", offset))
                .may("devices", DeviceRules.nodes(admission))
                .may("cgroupsPath", Rule.text("[^\\p{Cntrl}]{0," + Rule.MAX_PATH + "}", "a path is allowed"))
                .may("resources", resources(admission))
                .may("rootfsPropagation", Rule.oneOf(PROPAGATIONS))
                .may("seccomp", SeccompRules.rules())
                .may("sysctl", Rule.map("[a-z]+(\\.[A-Za-z0-9_-]+)+",
                        "names with dots and without slashes are allowed",
                        Rule.text("[\\x20-\\x7e\\t]{0,255}", "printable characters are allowed, 255 at most"))
                        .and((value, place) -> sysctls(value, place, admission)))
                .may("maskedPaths", paths).may("readonlyPaths", paths)
                .may("mountLabel", Rule.text("[A-Za-z0-9_.:,-]{0,255}",
                        "letters, digits and _ . : , - are allowed, 255 at most"))
                .may("personality", new ObjectRule().may("domain", Rule.oneOf(List.of("LINUX", "LINUX32")))
                        .may("flags", Rule.nothing("no flags are taken")));
    }

    private static void namespaces(JsonNode namespaces, Place place) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < namespaces.size(); i++) {
            String type = namespaces.get(i).path("type").textValue();
            if (!seen.add(type)) {
                place.at(i).at("type").refuse(namespaces.get(i).path("type"), "each type is taken once");
            }
            if (namespaces.get(i).has("path") && !type.equals("network")) {
                place.at(i).at("path").refuse(namespaces.get(i).path("path"),
                        "a container has a new namespace of type " + type + ", not one that is there");
            }
        }
        NEEDED_NAMESPACES.stream().filter(type -> !seen.contains(type)).forEach(type -> place.refuse(
                "without " + type, "a container has a namespace of type " + type + " of its own, not the host's"));
    }

    private static void sysctls(JsonNode sysctls, Place place, Admission admission) {
        sysctls.properties().forEach(sysctl -> {
            if (!DEFAULT_SYSCTLS.contains(sysctl.getKey())
                    && !Admission.matches(admission.sysctls(), sysctl.getKey())) {
                place.at(sysctl.getKey()).unadmitted(sysctl.getValue(), "this kernel parameter is not taken",
                        "sysctls");
            }
        });
    }

    /** Limits: a container may always have less. What would give it more than others have is not on the list. */
    private static Rule resources(Admission admission) {
        Rule bytes = Rule.number(-1, Long.MAX_VALUE);
        Rule none = Rule.number(0, 0);
        Rule list = Rule.text("[0-9,-]{0,1024}", "a list of numbers is allowed");
        Rule id = Rule.number(0, Rule.MAX_ID);
        Rule weight = Rule.number(0, 10_000);
        Rule weights = Rule.list(MAX_PATHS, new ObjectRule().must("major", id).must("minor", id).may("weight", weight)
                .may("leafWeight", weight));
        Rule rates = Rule.list(MAX_PATHS,
                new ObjectRule().must("major", id).must("minor", id).must("rate", Rule.unsigned()));
        return new ObjectRule()
                .may("devices", DeviceRules.use(admission))
                .may("memory", new ObjectRule().may("limit", bytes).may("reservation", bytes).may("swap", bytes)
                        .may("kernel", bytes).may("kernelTCP", bytes).may("swappiness", Rule.number(0, 100))
                        .may("disableOOMKiller", Rule.no("no container may be spared when memory is short"))
                        .may("useHierarchy", Rule.flag()).may("checkBeforeUpdate", Rule.flag()))
                .may("cpu", new ObjectRule().may("shares", Rule.number(0, 262_144)).may("quota", bytes)
                        .may("burst", Rule.number(0, Long.MAX_VALUE)).may("period", Rule.number(0, Long.MAX_VALUE))
                        .may("realtimeRuntime", none).may("realtimePeriod", none).may("cpus", list).may("mems", list)
                        .may("idle", Rule.number(0, 1)))
                .may("pids", new ObjectRule().may("limit", bytes))
                .may("hugepageLimits", Rule.list(16, new ObjectRule()
                        .must("pageSize", Rule.text("[0-9]{1,6}[KMG]B", "a size, for example 2MB, is allowed"))
                        .must("limit", Rule.unsigned())))
                .may("blockIO", new ObjectRule().may("weight", weight).may("leafWeight", weight)
                        .may("weightDevice", weights).may("throttleReadBpsDevice", rates)
                        .may("throttleWriteBpsDevice", rates).may("throttleReadIOPSDevice", rates)
                        .may("throttleWriteIOPSDevice", rates))
                .may("unified", Rule.map("(" + String.join("|", CONTROLLERS) + ")(\\.[A-Za-z0-9_]+)+",
                        "files of the controllers " + String.join(", ", CONTROLLERS) + " are allowed",
                        Rule.text("[\\x20-\\x7e\\n]{0,1024}", "printable characters are allowed, 1024 at most")));
    }
}
