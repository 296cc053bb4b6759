package dev.caravan.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** The hosts' cgroups, whether this machine has version 1, version 2 or both. */
final class LabCgroups {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int MAX_POLLS = 2_000;

    private final LabPlan plan;

    LabCgroups(LabPlan plan) {
        this.plan = plan;
    }

    /** Kills all processes in the hosts' cgroups, frozen ones too: those die when thawed, before they run on. */
    void killAll() {
        Set<Long> members = members();
        for (int polls = 0; !members.isEmpty(); polls++) {
            if (polls > MAX_POLLS) {
                throw new LabFailed("processes " + members + " in the lab's cgroups do not end");
            }
            members.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            thaw();
            LockSupport.parkNanos(POLL_NANOS);
            members = members();
        }
    }

    /** Removes the hosts' cgroups from every hierarchy. */
    void remove() {
        for (Path cgroup : all().stream().sorted(Comparator.reverseOrder()).toList()) {
            removeOne(cgroup);
        }
    }

    List<String> traces() {
        return parents().stream().map(cgroup -> "cgroup " + cgroup).toList();
    }

    /** A cgroup stays busy for a moment after its last process has ended. */
    private static void removeOne(Path cgroup) {
        for (int polls = 0; Files.exists(cgroup); polls++) {
            try {
                Files.delete(cgroup);
            } catch (IOException e) {
                if (polls > MAX_POLLS) {
                    throw new LabFailed("cannot remove the cgroup " + cgroup + ": " + e.getMessage(), e);
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    private Set<Long> members() {
        Set<Long> found = new HashSet<>();
        for (Path cgroup : all()) {
            lines(cgroup.resolve("cgroup.procs")).stream().map(Long::valueOf).filter(pid -> pid > 0)
                    .forEach(found::add);
        }
        found.removeIf(pid -> ProcessIdentity.of(pid).isEmpty());
        if (found.contains(ProcessHandle.current().pid()) || found.contains(1L)) {
            throw new LabFailed("the lab's cgroups hold this program or process 1: they are not the lab's alone");
        }
        return found;
    }

    private void thaw() {
        for (Path cgroup : all()) {
            write(cgroup.resolve("freezer.state"), "THAWED");
            write(cgroup.resolve("cgroup.freeze"), "0");
        }
    }

    /** The hosts' cgroups and all below, parents first. */
    private List<Path> all() {
        return parents().stream().flatMap(parent -> below(parent).stream()).toList();
    }

    private static List<Path> below(Path parent) {
        try (Stream<Path> tree = Files.walk(parent)) {
            return tree.filter(Files::isDirectory).toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of(parent); // one of them has just gone
        }
    }

    private List<Path> parents() {
        try (Stream<Path> hierarchies = Files.list(ROOT)) {
            List<Path> roots = Stream.concat(Stream.of(ROOT), hierarchies.filter(path -> !Files.isSymbolicLink(path)))
                    .toList();
            return roots.stream().flatMap(root -> plan.hosts().stream()
                    .map(host -> root.resolve(plan.cgroup(host).substring(1)))).filter(Files::isDirectory).toList();
        } catch (IOException e) {
            return List.of(); // no cgroups on this machine
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of(); // it has just gone
        }
    }

    private static void write(Path file, String value) {
        if (Files.exists(file)) {
            try {
                Files.writeString(file, value, StandardOpenOption.WRITE);
            } catch (IOException e) {
                // it has just gone, or cannot be frozen
            }
        }
    }
}
