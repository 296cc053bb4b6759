package dev.caravan.criu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A container's cgroup as its freezer, version 1 ({@code freezer.state}) or 2 ({@code cgroup.freeze}). runc does the
 * same and reads its "paused" from the same file, so that both agree; this saves the start of a process each time.
 */
final class Freezer {

    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int POLLS_UNTIL_NUDGE = 50;

    private final Path cgroup;
    private final boolean unified;

    Freezer(Path cgroup) {
        this.cgroup = cgroup;
        this.unified = Files.exists(cgroup.resolve("cgroup.freeze"));
    }

    /** Whether this is a cgroup of its own below the root, which alone may be frozen or emptied. */
    boolean usable() {
        return (unified || Files.exists(cgroup.resolve("freezer.state")))
                && Files.exists(cgroup.resolveSibling("cgroup.procs"));
    }

    boolean frozen() throws IOException {
        if (unified) {
            return Files.readAllLines(cgroup.resolve("cgroup.events")).contains("frozen 1");
        }
        return Files.readString(cgroup.resolve("freezer.state")).strip().equals("FROZEN");
    }

    /** Freezes and waits until every process is; false if that takes too long: then all are thawed again. */
    boolean freeze() throws IOException {
        write(true);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (int polls = 1; !frozen(); polls++) {
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                write(false);
                return false;
            }
            LockSupport.parkNanos(POLL_NANOS);
            if (!unified && polls % POLLS_UNTIL_NUDGE == 0) {
                // version 1 loses a process that forks while it freezes; thawing for a moment catches it
                write(false);
                write(true);
            }
        }
        return true;
    }

    /** Thaws and waits until none is frozen any more; false if that does not come to pass. */
    boolean thaw() throws IOException {
        write(false);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (frozen()) {
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return true;
    }

    /**
     * Kills every process in the cgroup and below. Frozen ones die when thawed, before they run any further.
     */
    void killAll() throws IOException {
        long self = ProcessHandle.current().pid();
        for (long pid : members()) {
            if (pid == self || pid == 1) {
                throw new IOException("The cgroup " + cgroup + " is not the container's own: process " + pid
                        + " is in it too");
            }
        }
        for (long pid : members()) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    List<Long> members() throws IOException {
        try (Stream<Path> below = Files.find(cgroup, Integer.MAX_VALUE,
                (path, attributes) -> path.endsWith("cgroup.procs"))) {
            List<Path> lists = below.toList();
            return lists.stream().flatMap(Freezer::lines).map(Long::valueOf).filter(pid -> pid > 0).toList();
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Stream<String> lines(Path list) {
        try {
            return Files.readAllLines(list).stream();
        } catch (IOException e) {
            return Stream.empty(); // a cgroup that went away has no members
        }
    }

    private void write(boolean frozen) throws IOException {
        Path file = cgroup.resolve(unified ? "cgroup.freeze" : "freezer.state");
        String value = unified ? (frozen ? "1" : "0") : (frozen ? "FROZEN" : "THAWED");
        Files.write(file, value.getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
    }
}
