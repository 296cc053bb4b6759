package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The rules for devices: their nodes ({@code linux.devices}) and who may use them ({@code linux.resources.devices}).
 * Default are those that runtimes give every container, and making nodes, which without the right to use them are names.
 */
final class DeviceRules {
    private static final int MAX_DEVICES = 1024;
    private static final Rule NUMBER = Rule.number(0, Rule.MAX_ID);

    private DeviceRules() {
    }

    /** Nodes. */
    static Rule nodes(Admission admission) {
        return Rule.list(MAX_DEVICES, new ObjectRule()
                .must("path", Rule.text("/dev/[A-Za-z0-9][A-Za-z0-9_./-]{0,250}", "a path below /dev is allowed")
                        .and(Rule.path()))
                .must("type", Rule.text("[cbup]", "c, b, u or p is allowed"))
                .may("major", NUMBER).may("minor", NUMBER)
                .may("fileMode", Rule.number(0, 07777)).may("uid", NUMBER).may("gid", NUMBER)
                .and((device, place) -> {
                    String type = device.path("type").textValue().replace('u', 'c');
                    Long major = number(device, "major", 0L);
                    Long minor = number(device, "minor", 0L);
                    if (!type.equals("p") && !isDefault(type, major, minor, "rw")
                            && !admission.allowsDevice(type, major, minor, "m")) {
                        place.at("path").unadmitted(device.path("path"),
                                "only the runtimes' default devices are taken", "devices");
                    }
                }));
    }

    /** Rules of the cgroup; what is denied is not looked at, a container may always have less. */
    static Rule use(Admission admission) {
        return Rule.list(MAX_DEVICES, new ObjectRule()
                .must("allow", Rule.flag())
                .may("type", Rule.text("[abc]", "a, b or c is allowed"))
                .may("major", Rule.number(-1, Rule.MAX_ID)).may("minor", Rule.number(-1, Rule.MAX_ID))
                .may("access", Rule.text("[rwm]{1,3}", "letters of rwm are allowed"))
                .and((rule, place) -> {
                    String type = rule.path("type").asText("a");
                    Long major = number(rule, "major", null);
                    Long minor = number(rule, "minor", null);
                    String access = rule.path("access").asText("rwm");
                    if (rule.path("allow").asBoolean() && !isDefault(type, major, minor, access)
                            && !admission.allowsDevice(type, major, minor, access)) {
                        place.unadmitted(type + " " + text(major) + ":" + text(minor) + " " + access,
                                "only the runtimes' default devices are taken", "devices");
                    }
                }));
    }

    /** null, zero, full, random, urandom, tty, console, ptmx, pts. */
    private static boolean isDefault(String type, Long major, Long minor, String access) {
        if (access.equals("m") && !type.equals("a")) {
            return true;
        }
        if (!type.equals("c") || major == null) {
            return false;
        }
        return switch (major.intValue()) {
            case 1 -> minor != null && (minor == 3 || minor == 5 || minor == 7 || minor == 8 || minor == 9);
            case 5 -> minor != null && minor <= 2;
            case 136 -> true;
            default -> false;
        };
    }

    /** A number; null, which stands for all, if it is -1. */
    private static Long number(JsonNode object, String field, Long absent) {
        if (!object.has(field)) {
            return absent;
        }
        return object.path(field).longValue() == -1 ? null : Long.valueOf(object.path(field).longValue());
    }

    private static String text(Long number) {
        return number == null ? "*" : number.toString();
    }
}
