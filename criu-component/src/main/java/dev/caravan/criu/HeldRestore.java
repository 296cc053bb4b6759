package dev.caravan.criu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A restore on its way to, at, or behind its commit gate. All it knows is in the gate's directory and in the runtime,
 * so {@link #rediscover} finds it again after the JVM that started it is gone.
 */
public final class HeldRestore {

    /** What became of the restored container. */
    public enum Outcome {
        /** It runs. */
        RUNNING,
        /** It does not exist any more, and may have run: its gate was opened, or nobody can tell. */
        ENDED,
        /** It does not exist any more and never ran. */
        GONE,
        /** Not known (yet): it is held, or on its way. */
        PENDING;

        /** @return whether nothing of the container is there any more */
        public boolean isOver() {
            return this == ENDED || this == GONE;
        }
    }

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ContainerRuntime runtime;
    private final String id;
    private final CommitGate gate;

    private HeldRestore(ContainerRuntime runtime, String id, CommitGate gate) {
        this.runtime = runtime;
        this.id = id;
        this.gate = gate;
    }

    /**
     * Finds a restore again, whatever state it is in.
     *
     * @param runtime
     *            that restores it
     * @param id
     *            the container's name
     * @param gateDirectory
     *            of its {@link RestoreSpec}
     * @return the restore; ask {@link CommitGate#held()} and {@link #outcome()} how far it is
     */
    public static HeldRestore rediscover(ContainerRuntime runtime, String id, Path gateDirectory) {
        return new HeldRestore(runtime, id, new CommitGate(gateDirectory));
    }

    /** @return the container's name */
    public String id() {
        return id;
    }

    /** @return its gate */
    public CommitGate gate() {
        return gate;
    }

    /**
     * @return what is known now, without waiting
     * @throws CannotControl
     *             if the runtime does not answer
     */
    public Outcome outcome() {
        if (gate.resumed()) {
            return lives() ? Outcome.RUNNING : Outcome.ENDED;
        }
        if (gate.exit().isEmpty() && gate.restoreLives()) {
            return Outcome.PENDING;
        }
        if (gate.exit().isPresent() && gate.exit().getAsInt() == 0) {
            return lives() ? Outcome.RUNNING : Outcome.ENDED;
        }
        // it failed, or was killed: that does not mean that CRIU has not let the processes run
        if (runtime.restoring(id)) {
            return Outcome.PENDING;
        }
        boolean opened = gate.decision() == CommitGate.Decision.OPENED;
        if (lives()) {
            return opened ? Outcome.RUNNING : Outcome.PENDING;
        }
        return opened || !gate.installed() ? Outcome.ENDED : Outcome.GONE;
    }

    private boolean lives() {
        return runtime.lives(id);
    }

    /**
     * Waits until it is known what became of the container; that is soon after the decision.
     *
     * @param patience
     *            how long to wait at most
     * @return the outcome; {@link Outcome#PENDING} if it is still unknown
     * @throws CannotControl
     *             if the runtime does not answer
     */
    public Outcome awaitOutcome(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        Outcome outcome = outcome();
        while (outcome == Outcome.PENDING && System.nanoTime() < deadline && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(POLL_NANOS);
            outcome = outcome();
        }
        return outcome;
    }

    /**
     * Gives the restore up, wherever it is on its way: closes the gate, ends it, and removes what is left. Doing so again
     * does nothing. A container of this name that was not restored behind this gate is left alone.
     *
     * @throws IllegalStateException
     *             if the gate is open
     * @throws CannotControl
     *             if something of the container is left
     */
    public void abandon() {
        gate.close();
        if (gate.workDirectory().isPresent()) {
            runtime.remove(id);
        }
    }

    @Override
    public String toString() {
        return "HeldRestore[" + id + ", " + gate.directory() + "]";
    }
}
