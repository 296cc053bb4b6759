package dev.caravan.bundle;

import java.util.List;

/** The rules for {@code linux.seccomp}. A filter only takes rights away, but its notifications go to a socket of the host. */
final class SeccompRules {
    private static final List<String> ACTIONS = List.of("SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS",
            "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW",
            "SCMP_ACT_LOG");
    private static final List<String> OPERATORS = List.of("SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ",
            "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ");
    private static final List<String> FLAGS = List.of("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
            "SECCOMP_FILTER_FLAG_SPEC_ALLOW");
    private static final int MAX_NAMES = 1024;
    private static final int MAX_ARGUMENTS = 6;

    private SeccompRules() {
    }

    static Rule rules() {
        Rule action = Rule.oneOf(ACTIONS);
        Rule error = Rule.number(0, 4095);
        Rule argument = new ObjectRule().must("index", Rule.number(0, MAX_ARGUMENTS - 1L))
                .must("value", Rule.unsigned()).may("valueTwo", Rule.unsigned()).must("op", Rule.oneOf(OPERATORS));
        return new ObjectRule()
                .must("defaultAction", action)
                .may("defaultErrnoRet", error)
                .may("architectures", Rule.list(32,
                        Rule.text("SCMP_ARCH_[A-Z0-9_]{1,16}", "the name of an architecture is allowed")))
                .may("flags", Rule.list(FLAGS.size(), Rule.oneOf(FLAGS)))
                .may("listenerPath", Rule.text("", "no filter is taken that asks a program of the host"))
                .may("listenerMetadata", Rule.text("", "no filter is taken that asks a program of the host"))
                .may("syscalls", Rule.list(MAX_NAMES, new ObjectRule()
                        .must("names", Rule.list(MAX_NAMES,
                                Rule.text("[a-z0-9_]{1,64}", "the name of a system call is allowed")))
                        .must("action", action).may("errnoRet", error)
                        .may("args", Rule.list(MAX_ARGUMENTS * MAX_ARGUMENTS, argument))));
    }
}
