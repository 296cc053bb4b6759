package dev.caravan.criu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;

/** Removes a container of runc so that nothing of it runs on, and nothing that is not its own is lost. */
final class RuncRemoval {

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final RuncConfiguration configuration;
    private final BiFunction<String, List<String>, CommandOutcome> run;

    RuncRemoval(RuncConfiguration configuration, BiFunction<String, List<String>, CommandOutcome> run) {
        this.configuration = configuration;
        this.run = run;
    }

    void remove(String id) {
        Optional<Freezer> freezer = RuncState.read(configuration.root(), id)
                .map(state -> new Freezer(state.freezer())).filter(Freezer::usable);
        freezer.ifPresent(found -> endRestore(id, found));
        freezer.ifPresent(found -> kill(id, found));
        // While it restores, runc has the root file system mounted below its own state, and its delete would empty it.
        unmount(id, configuration.root().resolve(id));
        CommandOutcome deleted = run.apply(id, List.of(configuration.runc().toString(), "--root",
                configuration.root().toString(), "delete", "--force", id));
        if (!deleted.succeeded() && !deleted.errors().contains("does not exist")) {
            throw new CannotControl(id, "runc does not delete it: " + deleted.errors().strip(), LogExcerpt.NONE);
        }
    }

    /** Takes away what is mounted in a directory that is about to be deleted with all its contents. */
    void unmount(String id, Path directory) {
        try {
            for (Path point : Mounts.below(directory)) {
                CommandOutcome unmounted = run.apply(id, List.of("umount", "--lazy", point.toString()));
                if (!unmounted.succeeded() && Mounts.below(directory).contains(point)) {
                    throw new CannotControl(id, "What is mounted at " + point + " cannot be taken away: "
                            + unmounted.errors().strip(), LogExcerpt.NONE);
                }
            }
        } catch (IOException e) {
            throw new CannotControl(id, "The mounts of this machine cannot be read", e);
        }
    }

    /**
     * CRIU must not be killed at the gate, for it has the whole cgroup tree mounted in its work directory: it is told
     * that the gate is closed, and tidies up.
     */
    private void endRestore(String id, Freezer freezer) {
        Optional<Path> found = gateOf(freezer);
        if (found.isEmpty()) {
            return;
        }
        CommitGate gate = new CommitGate(found.get());
        if (gate.decision() == CommitGate.Decision.WAITING) {
            gate.close();
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (gate.exit().isEmpty() && gate.restoreLives() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        gate.workDirectory().ifPresent(work -> unmount(id, work));
    }

    /** The gate's script runs in the container's cgroup, as CRIU does. */
    private static Optional<Path> gateOf(Freezer freezer) {
        try {
            for (long pid : freezer.members()) {
                String[] arguments = commandLine(pid).split("\0");
                Path script = Path.of(arguments[arguments.length - 1]);
                if (arguments.length > 1 && script.isAbsolute() && script.endsWith(CommitGate.SCRIPT)) {
                    return Optional.of(script.getParent());
                }
            }
            return Optional.empty();
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /** All at once, frozen ones before they are thawed: none runs another instruction. */
    private static void kill(String id, Freezer freezer) {
        try {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (freezer.usable() && !freezer.members().isEmpty() && System.nanoTime() < deadline) {
                freezer.killAll();
                freezer.thaw();
                LockSupport.parkNanos(POLL_NANOS);
            }
        } catch (IOException e) {
            if (freezer.usable()) {
                throw new CannotControl(id, "Its processes cannot be killed: " + e.getMessage(), e);
            }
        }
    }
}
