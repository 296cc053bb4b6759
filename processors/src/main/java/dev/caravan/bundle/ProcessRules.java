package dev.caravan.bundle;

import java.util.List;
import java.util.Set;

/** The rules for {@code process}: what the container's first process is, and what it may do. */
final class ProcessRules {
    /** What Docker, Podman and containerd give every container; runc's own default is a part of it. */
    static final Set<String> DEFAULT_CAPABILITIES = Set.of("CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE",
            "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP",
            "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT");

    private static final List<String> LIMITS = List.of("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA",
            "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE",
            "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK");
    private static final int MAX_TEXTS = 65536;
    private static final int MAX_TEXT = 128 << 10;
    private static final int MAX_GROUPS = 65536;

    private ProcessRules() {
    }

    static Rule of(Admission admission) {
        Rule id = Rule.number(0, Rule.MAX_ID);
        Rule capabilities = Rule.list(64, capability(admission));
        Rule label = Rule.text("[A-Za-z0-9_.:,-]{0,255}", "letters, digits and _ . : , - are allowed, 255 at most");
        return new ObjectRule()
                .may("terminal", Rule.no("a terminal belongs to whoever started the container and cannot move"))
                .may("consoleSize", new ObjectRule().may("height", Rule.number(0, 65535))
                        .may("width", Rule.number(0, 65535)))
                .must("user", new ObjectRule().may("uid", id).may("gid", id).may("umask", Rule.number(0, 0777))
                        .may("additionalGids", Rule.list(MAX_GROUPS, id)))
                .may("args", Rule.list(MAX_TEXTS, Rule.secret(MAX_TEXT)))
                .may("env", Rule.list(MAX_TEXTS, Rule.secret(MAX_TEXT)))
                .must("cwd", Rule.path())
                .may("capabilities", new ObjectRule().may("bounding", capabilities).may("effective", capabilities)
                        .may("inheritable", capabilities).may("permitted", capabilities).may("ambient", capabilities))
                .may("rlimits", Rule.list(LIMITS.size(), new ObjectRule().must("type", Rule.oneOf(LIMITS))
                        .must("hard", Rule.unsigned()).must("soft", Rule.unsigned())))
                .may("noNewPrivileges", Rule.flag())
                .may("apparmorProfile", label)
                .may("selinuxLabel", label)
                // -1000 would make the host kill everything else first
                .may("oomScoreAdj", Rule.number(-999, 1000));
    }

    private static Rule capability(Admission admission) {
        return Rule.text("CAP_[A-Z_]{2,40}", "the name of a capability is allowed").and((value, place) -> {
            if (!admission.allowsCapability(value.textValue())) {
                place.unadmitted(value, "only the runtimes' default capabilities are taken", "capabilities");
            }
        });
    }
}
