package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Files;
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
    private static final Duration RESTORE_ENDS = Duration.ofMinutes(2);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final RuncConfiguration configuration;
    private final BiFunction<String, List<String>, CommandOutcome> run;

    RuncRemoval(RuncConfiguration configuration, BiFunction<String, List<String>, CommandOutcome> run) {
        this.configuration = configuration;
        this.run = run;
    }

    void remove(String id) {
        endRestore(id);
        Optional<Freezer> freezer = RuncState.read(configuration.root(), id)
                .map(state -> new Freezer(state.freezer())).filter(Freezer::usable);
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

    /** Where it is written down which gate a container is restored behind; the name is no container's. */
    static Path note(Path root, String id) {
        return root.resolve("@" + id + ".restore");
    }

    /** The directory of the gate that a container was restored behind. */
    static Optional<Path> gate(Path root, String id) {
        try {
            return Optional.of(Path.of(Files.readString(note(root, id))));
        } catch (IOException e) {
            return Optional.empty(); // it was not
        }
    }

    /**
     * CRIU must not be killed at the gate, for it has the whole cgroup tree mounted in its work directory: it is told
     * that the gate is closed, and tidies up. What it could not tidy up is unmounted.
     */
    private void endRestore(String id) {
        Path note = note(configuration.root(), id);
        try {
            if (!Files.exists(note)) {
                return;
            }
            CommitGate gate = new CommitGate(Path.of(Files.readString(note)));
            if (Files.isDirectory(gate.directory())) {
                closeAndWait(id, gate);
                gate.workDirectory().ifPresent(work -> unmount(id, work));
            }
            Files.deleteIfExists(note);
        } catch (IOException e) {
            throw new CannotControl(id, "Its restore cannot be ended", e);
        }
    }

    private static void closeAndWait(String id, CommitGate gate) {
        if (gate.decision() == CommitGate.Decision.WAITING) {
            gate.close();
        }
        long deadline = System.nanoTime() + RESTORE_ENDS.toNanos();
        while (gate.exit().isEmpty() && gate.restoreLives()) {
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                throw new CannotControl(id, "A restore of it is under way and does not end", LogExcerpt.NONE);
            }
            LockSupport.parkNanos(POLL_NANOS);
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
