package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a config.json may hold on a platform: an allow-list of the fields of the OCI runtime specification, for whatever
 * the runtime reads there it does as root. What is not on the list is not taken: hooks, annotations that steer the
 * runtime or CRIU, namespaces that exist, and fields of other names or spellings. Beyond what runtimes give every container
 * by default (host paths, devices, capabilities, …) the platform's {@link Admission} decides.
 */
public final class BundleRules {
    private static final List<String> DATA_ANNOTATIONS = List.of("org.opencontainers.image.*", "io.container.manager",
            "io.podman.annotations.*", "io.kubernetes.*", "com.docker.*");
    /** Read by runc, crun, systemd, Kata, gVisor or CRIU. runc keeps names and values as {@code name=value}. */
    private static final List<String> STEERING_ANNOTATIONS = List.of("org.criu.*", "org.systemd.*", "run.oci.*",
            "io.katacontainers.*", "com.github.containers.*", "dev.gvisor.*", "bundle");
    /** What commands or betrays the host, of that which every runtime masks or makes read-only. */
    private static final List<String> READ_ONLY_PATHS = List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
            "/proc/sysrq-trigger");
    private static final List<String> MASKED_PATHS = List.of("/proc/acpi", "/proc/kcore", "/proc/keys",
            "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/sys/firmware");

    private final Admission admission;
    private final Rule rules;

    /** @param admission what the platform allows beyond the default */
    public BundleRules(Admission admission) {
        Rule name = Rule.text("[A-Za-z0-9_.-]{0,64}", "letters, digits and _ . - are allowed, 64 at most");
        this.admission = admission;
        this.rules = new ObjectRule()
                .must("ociVersion", Rule.text("1\\.[0-9]{1,3}(\\.[0-9]{1,3})?(-[A-Za-z0-9.+-]{1,32})?",
                        "version 1 of the OCI runtime specification is taken"))
                .must("process", ProcessRules.of(admission))
                .must("root", new ObjectRule()
                        .must("path", Rule.text("[^\\p{Cntrl}]{1," + Rule.MAX_PATH + "}", "a path is allowed"))
                        .may("readonly", Rule.flag()))
                .may("hostname", name)
                .may("domainname", name)
                .may("mounts", MountRules.of(admission))
                .may("hooks", Rule.nothing("no hooks are taken: they would run as root on the destination's host"))
                .may("annotations", Rule.map("(?s).*", "", Rule.secret(64 << 10))
                        .and(this::annotations))
                .must("linux", LinuxRules.of(admission));
    }

    /** Judges a configuration; looks at this host's file system if it mounts host paths. */
    public Findings judge(Bundle bundle) {
        Findings findings = new Findings();
        Place whole = new Place(findings, "");
        rules.check(bundle.config(), whole);
        covered(bundle.config(), whole);
        return findings;
    }

    private void annotations(JsonNode annotations, Place place) {
        annotations.fieldNames().forEachRemaining(name -> {
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9._/-]{0,255}") || Admission.matches(STEERING_ANNOTATIONS, name)) {
                place.at(name).refuse("there", "no annotation is taken that a runtime or CRIU may act on");
            } else if (!Admission.matches(DATA_ANNOTATIONS, name)
                    && !Admission.matches(admission.annotations(), name)) {
                place.at(name).unadmitted("there", "this annotation is not taken", "annotations");
            }
        });
    }

    /** Root in a container whose /proc/sys is writable is root on the host. */
    private void covered(JsonNode config, Place place) {
        Set<String> types = new HashSet<>();
        config.path("mounts").forEach(mount -> types.add(mount.path("type").asText()));
        Set<String> masked = texts(config.path("linux").path("maskedPaths"));
        Set<String> readOnly = texts(config.path("linux").path("readonlyPaths"));
        readOnly.addAll(masked);
        require(MASKED_PATHS, masked, types, place.at("linux").at("maskedPaths"));
        require(READ_ONLY_PATHS, readOnly, types, place.at("linux").at("readonlyPaths"));
    }

    private void require(List<String> needed, Set<String> there, Set<String> types, Place place) {
        needed.stream().filter(path -> types.contains(path.startsWith("/proc/") ? "proc" : "sysfs"))
                .filter(path -> !there.contains(path) && !admission.unprotectedPaths().contains(path))
                .forEach(path -> place.unadmitted("without " + path, "every runtime lists it", "unprotectedPaths"));
    }

    private static Set<String> texts(JsonNode array) {
        Set<String> texts = new HashSet<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
