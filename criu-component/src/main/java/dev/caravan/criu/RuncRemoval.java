package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Removes a container of runc so that nothing of it runs on, and nothing that is not its own is lost. */
final class RuncRemoval {

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final RuncProgram program;

    RuncRemoval(RuncProgram program) {
        this.program = program;
    }

    void remove(String id) {
        endRestore(id);
        Optional<Freezer> freezer = RuncState.read(program.root(), id)
                .map(state -> new Freezer(state.freezer())).filter(Freezer::usable);
        freezer.ifPresent(found -> kill(id, found));
        // While it restores, runc has the root file system mounted below its own state, and its delete would empty it.
        unmount(id, program.root().resolve(id));
        CommandOutcome deleted = program.runc(id, "delete", "--force", id);
        if (!deleted.succeeded() && !deleted.errors().contains("does not exist")) {
            throw new CannotControl(id, "runc does not delete it: " + deleted.errors().strip(), LogExcerpt.NONE);
        }
    }

    /** Takes away what is mounted in a directory that is about to be deleted with all its contents. */
    void unmount(String id, Path directory) {
        try {
            for (Path point : Mounts.below(directory)) {
                CommandOutcome unmounted = program.run(id, List.of("umount", "--lazy", point.toString()));
                if (!unmounted.succeeded() && Mounts.below(directory).contains(point)) {
                    throw new CannotControl(id, "What is mounted at " + point + " cannot be taken away: "
                            + unmounted.errors().strip(), LogExcerpt.NONE);
                }
            }
        } catch (IOException e) {
            throw new CannotControl(id, "The mounts of this machine cannot be read", e);
        }
    }

    /** What CRIU could not tidy up is unmounted. */
    private void endRestore(String id) {
        RestoreProcesses.noted(program.root(), id).ifPresent(restore -> {
            restore.end();
            restore.gate().workDirectory().ifPresent(work -> unmount(id, work));
            restore.killContainer();
        });
        RestoreProcesses.forget(program.root(), id);
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
