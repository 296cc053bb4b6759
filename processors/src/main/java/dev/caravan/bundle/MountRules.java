package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.wire.Excerpt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The rules for {@code mounts}: file systems of the kernel where runtimes put them, tmpfs, and paths of the host that the
 * admission policy allows. What is a bind is told by the options, as the runtime does; the type then means nothing.
 */
final class MountRules {
    /** The kernel's file systems, each with the one place where {@code maskedPaths} and {@code readonlyPaths} cover it. */
    private static final Map<String, String> PLACES = Map.of("proc", "/proc", "sysfs", "/sys", "devpts", "/dev/pts",
            "mqueue", "/dev/mqueue", "cgroup", "/sys/fs/cgroup", "cgroup2", "/sys/fs/cgroup");
    /** Writing to these commands the host, not the container. */
    private static final Set<String> READ_ONLY = Set.of("sysfs", "cgroup", "cgroup2");
    private static final String TMPFS = "tmpfs";
    private static final Set<String> BINDS = Set.of("bind", "rbind");
    private static final Set<String> FLAGS = Set.of("defaults", "ro", "rw", "nosuid", "suid", "nodev", "dev", "noexec",
            "exec", "sync", "async", "dirsync", "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime",
            "strictatime", "nostrictatime", "private", "rprivate", "slave", "rslave", "unbindable", "runbindable");
    private static final Map<String, Pattern> DATA = Map.of(
            TMPFS, Pattern.compile("tmpcopyup|mode=[0-7]{1,4}|(uid|gid|nr_inodes|nr_blocks)=[0-9]{1,10}k?"
                    + "|size=[0-9]{1,15}[kKmMgG%]?"),
            "devpts", Pattern.compile("newinstance|(ptmxmode|mode)=[0-7]{1,4}|(uid|gid|max)=[0-9]{1,10}"),
            "proc", Pattern.compile("hidepid=([0-4]|off|noaccess|invisible|ptraceable)|subset=pid|gid=[0-9]{1,10}"));
    private static final int MAX_MOUNTS = 1024;
    private static final int MAX_OPTIONS = 64;

    private MountRules() {
    }

    static Rule of(Admission admission) {
        return Rule.list(MAX_MOUNTS, new ObjectRule()
                .must("destination", Rule.path())
                .may("type", Rule.text("[a-z0-9_.-]{0,32}", "the name of a file system is allowed"))
                .may("source", Rule.text("[^\\p{Cntrl}]{0," + Rule.MAX_PATH + "}", "a path or a name is allowed"))
                .may("options", Rule.list(MAX_OPTIONS, Rule.text("[A-Za-z0-9_=%.,:-]{1,64}", "an option is allowed")))
                .and((mount, place) -> mount(mount, place, admission)));
    }

    /** Whether a mount shows a path of the host. */
    static boolean isBind(JsonNode mount) {
        return mount.path("type").asText().equals("bind") || options(mount).stream().anyMatch(BINDS::contains);
    }

    private static void mount(JsonNode mount, Place place, Admission admission) {
        if (isBind(mount)) {
            bind(mount, place, admission);
            return;
        }
        String type = mount.path("type").asText();
        String destination = mount.path("destination").asText();
        if (type.equals(TMPFS)) {
            outsideOfKernel(mount, place);
        } else if (!PLACES.containsKey(type)) {
            place.at("type").refuse(mount.has("type") ? mount.path("type").toString() : "missing",
                    "allowed are bind, tmpfs, " + PLACES.keySet().stream().sorted().toList());
            return;
        } else if (!PLACES.get(type).equals(destination)) {
            place.at("destination").refuse(mount.path("destination"), type + " is taken at " + PLACES.get(type));
        }
        List<String> options = options(mount);
        boolean readOnly = options.contains("ro") && !options.contains("rw");
        if (READ_ONLY.contains(type) && !readOnly && !admission.unprotectedPaths().contains(destination)) {
            place.at("options").unadmitted(mount.path("options"), type + " is taken with the option ro",
                    "unprotectedPaths");
        }
        options(mount, place, DATA.get(type));
    }

    private static void bind(JsonNode mount, Place place, Admission admission) {
        JsonNode source = mount.path("source");
        if (!source.isTextual() || !Rule.isPath(source.textValue())) {
            place.at("source").refuse(source.isTextual() ? source.toString() : "missing",
                    "what is mounted is an absolute path without . or ..: the content of another does not move");
            return;
        }
        outsideOfKernel(mount, place);
        List<String> options = options(mount);
        options(mount, place, Pattern.compile("bind|rbind"));
        Optional<Path> real = Admission.real(Path.of(source.textValue()));
        boolean readOnly = options.contains("ro") && !options.contains("rw");
        if (real.isEmpty() || !admission.allowsHostPath(real.get(), readOnly)) {
            String leads = real.filter(path -> !path.toString().equals(source.textValue()))
                    .map(path -> ", which is " + Excerpt.value(path.toString()) + " there,").orElse("");
            place.at("source").unadmitted(source, "this path of the host" + leads + " is not taken"
                    + (readOnly ? "" : " (writable)"), "hostPaths");
        }
    }

    /** What is mounted over /proc or /sys would uncover what {@code maskedPaths} and {@code readonlyPaths} cover. */
    private static void outsideOfKernel(JsonNode mount, Place place) {
        Path destination = Path.of(mount.path("destination").asText());
        if (destination.startsWith("/proc") || destination.startsWith("/sys") || destination.getNameCount() == 0) {
            place.at("destination").refuse(mount.path("destination"), "a path outside of /proc and /sys is taken");
        }
    }

    private static void options(JsonNode mount, Place place, Pattern data) {
        JsonNode options = mount.path("options");
        for (int i = 0; i < options.size(); i++) {
            String option = options.get(i).asText();
            if (!FLAGS.contains(option) && (data == null || !data.matcher(option).matches())) {
                place.at("options").at(i).refuse(options.get(i), "no mount of this type is taken with this option");
            }
        }
    }

    private static List<String> options(JsonNode mount) {
        List<String> options = new ArrayList<>();
        mount.path("options").forEach(option -> options.add(option.asText()));
        return options;
    }
}
