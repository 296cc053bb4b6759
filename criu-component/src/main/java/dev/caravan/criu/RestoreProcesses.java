package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The restore of a container behind its commit gate; which gate that is, is written in a note in runc's state directory.
 */
final class RestoreProcesses {

    /** How long a CRIU that has heard of a closed gate may tidy up. */
    private static final Duration TIDIES = Duration.ofSeconds(10);
    private static final Duration DIES = Duration.ofSeconds(15);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final String id;
    private final Path root;
    private final CommitGate gate;

    RestoreProcesses(Path root, String id, CommitGate gate) {
        this.id = id;
        this.root = root;
        this.gate = gate;
    }

    /** The restore that was begun last of a container; empty if its gate is gone, or there was none. */
    static Optional<RestoreProcesses> noted(Path root, String id) {
        return gate(root, id).map(CommitGate::new).filter(CommitGate::installed)
                .map(gate -> new RestoreProcesses(root, id, gate));
    }

    /** The directory of the gate that a container was restored behind; empty if it was not. */
    static Optional<Path> gate(Path root, String id) {
        try {
            return Optional.of(Path.of(Files.readString(note(root, id))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new CannotControl(id, "The note of its restore cannot be read", e);
        }
    }

    /** Notes, before the restore starts, which gate it is behind. */
    void announce() throws IOException {
        Files.writeString(note(root, id), gate.directory().toString());
    }

    static void forget(Path root, String id) {
        try {
            Files.deleteIfExists(note(root, id));
        } catch (IOException e) {
            throw new CannotControl(id, "The note of its restore cannot be deleted: " + note(root, id), e);
        }
    }

    CommitGate gate() {
        return gate;
    }

    /** Whether runc or CRIU are at it. */
    boolean underWay() {
        return !operation().running().isEmpty();
    }

    /** What differs as long as it gets on. */
    String progress() {
        return OperationProcesses.progress(operation().family());
    }

    /** Whether there is any process of the container, though runc may not know it. */
    boolean containerLives() {
        return gate.cgroup().filter(path -> !members(path).isEmpty()).isPresent();
    }

    /**
     * Closes the gate unless it is decided, and ends the restore with all that it has started. One that is held hears of
     * the decision and tidies up, for it has the whole cgroup tree mounted in its work directory; one on its way is
     * killed.
     *
     * @throws CannotControl
     *             if it does not end
     */
    void end() {
        if (gate.decision() == CommitGate.Decision.WAITING) {
            gate.close();
        }
        if (gate.held()) {
            await(() -> gate.exit().isPresent() || !gate.restoreLives(), TIDIES);
        }
        boolean ended = await(() -> {
            List<ProcessHandle> left = operation().family();
            left.forEach(ProcessHandle::destroyForcibly);
            return left.isEmpty();
        }, DIES);
        if (!ended) {
            throw new CannotControl(id, "A restore of it is under way and does not end", LogExcerpt.NONE);
        }
    }

    /** Kills what is left of the container that runc may not know. */
    void killContainer() {
        boolean ended = await(() -> {
            List<ProcessHandle> left = gate.cgroup().map(RestoreProcesses::members).orElse(List.of());
            if (left.stream().anyMatch(process -> process.pid() == 1 || process.equals(ProcessHandle.current()))) {
                throw new CannotControl(id, "Its cgroup " + gate.cgroup().orElse("") + " is not its own",
                        LogExcerpt.NONE);
            }
            left.forEach(ProcessHandle::destroyForcibly);
            return left.isEmpty();
        }, DIES);
        if (!ended) {
            throw new CannotControl(id, "Its processes cannot be killed", LogExcerpt.NONE);
        }
    }

    private OperationProcesses operation() {
        return new OperationProcesses(OperationProcesses.RESTORE_OF, root, id, gate.workDirectory());
    }

    private static List<ProcessHandle> members(String cgroup) {
        return ProcessEntry.all(process -> process.inCgroup(cgroup));
    }

    private static boolean await(BooleanSupplier done, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return true;
    }

    /** The name is no container's. */
    private static Path note(Path root, String id) {
        return root.resolve("@" + id + ".restore");
    }
}
