package dev.caravan.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Who shares a container's namespaces or cgroup without being part of it: another container of its pod, for example. To
 * fence, freeze or remove what they share would hit them as well.
 */
public final class Sharers {
    /** The files of {@code /proc/PID/ns} and what their namespaces are called; those for children say nothing more. */
    private static final Map<String, String> KINDS = new TreeMap<>(Map.of("cgroup", "cgroup", "ipc", "ipc", "mnt",
            "mount", "net", "network", "pid", "pid", "time", "time", "user", "user", "uts", "uts"));
    private static final int NAMED = 3;

    private final Map<Integer, HostProcess> processes = new HashMap<>();
    private final HostProcess first;
    private final HostProcess agent;

    private Sharers(HostProcess first, HostProcess agent, List<HostProcess> all) {
        this.first = first;
        this.agent = agent;
        all.forEach(process -> processes.put(process.pid(), process));
    }

    /**
     * What a container shares, and with whom, in words.
     *
     * @param pid   the container's first process
     * @param agent this program, which lives in the host's namespaces: what a container takes from the host it shares with
     *              everybody, and that it may is another rule's affair; but its network moves
     * @param all   all processes
     * @return empty if it shares nothing, or has ended
     */
    public static Optional<String> of(int pid, int agent, List<HostProcess> all) {
        Optional<HostProcess> first = with(pid, all);
        Optional<HostProcess> self = with(agent, all);
        return first.isEmpty() || self.isEmpty()
                ? Optional.empty()
                : new Sharers(first.get(), self.get(), all).inWords();
    }

    private static Optional<HostProcess> with(int pid, List<HostProcess> all) {
        return all.stream().filter(process -> process.pid() == pid).findFirst();
    }

    private Optional<String> inWords() {
        Map<String, List<HostProcess>> found = new TreeMap<>();
        for (HostProcess process : processes.values()) {
            if (!isOwn(process)) {
                shared(process).forEach(what -> found.computeIfAbsent(what, any -> new ArrayList<>()).add(process));
            }
        }
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(String.join("; ",
                        found.entrySet().stream().map(shared -> "its " + shared.getKey() + " with "
                                + named(shared.getValue())).toList()));
    }

    private static String named(List<HostProcess> sharers) {
        List<String> named = sharers.stream().sorted((a, b) -> Integer.compare(a.pid(), b.pid())).limit(NAMED)
                .map(HostProcess::toString).toList();
        int more = sharers.size() - named.size();
        return String.join(", ", named) + (more == 0 ? "" : " and " + more + " more");
    }

    private List<String> shared(HostProcess process) {
        List<String> shared = new ArrayList<>();
        KINDS.forEach((kind, name) -> {
            String namespace = first.namespaces().get(kind);
            boolean hosts = namespace == null || namespace.equals(agent.namespaces().get(kind));
            if ((!hosts || kind.equals("net")) && namespace != null
                    && namespace.equals(process.namespaces().get(kind))) {
                shared.add(name + " namespace");
            }
        });
        if (isInCgroup(process)) {
            shared.add("cgroup");
        }
        return shared;
    }

    /** Frozen with the container, and in its tree of processes or put there by its runtime, which gave it the namespace. */
    private boolean isOwn(HostProcess process) {
        return isInCgroup(process) && isInside(process);
    }

    private boolean isInCgroup(HostProcess process) {
        String cgroup = first.cgroup();
        return process.cgroup().equals(cgroup)
                || process.cgroup().startsWith(cgroup.endsWith("/") ? cgroup : cgroup + "/");
    }

    /** A container may make process namespaces of its own, below its first. */
    private boolean isInside(HostProcess process) {
        HostProcess ancestor = process;
        for (int i = 0; ancestor != null && i < processes.size(); i++) {
            if (first.namespaces().get("pid").equals(ancestor.namespaces().get("pid"))) {
                return true;
            }
            ancestor = processes.get(ancestor.parent());
        }
        return false;
    }
}
