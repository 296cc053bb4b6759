package dev.caravan.criu;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
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
        /** It does not exist any more and never ran. */
        GONE,
        /** Not known (yet): it is held, or on its way. */
        PENDING
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
        if (Files.exists(gate.file("resumed"))) {
            return Outcome.RUNNING;
        }
        OptionalInt exit = gate.exit();
        if (exit.isPresent()) {
            return exit.getAsInt() == 0 ? Outcome.RUNNING : Outcome.GONE;
        }
        if (gate.restoreLives() || gate.exit().isPresent()) {
            return Outcome.PENDING;
        }
        return switch (runtime.state(id).status()) {
            case ABSENT, STOPPED -> Outcome.GONE;
            default -> Outcome.PENDING;
        };
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
     * Gives the restore up, wherever it is on its way: closes the gate, waits for the end, and removes what is left.
     * Doing so again does nothing.
     *
     * @param patience
     *            how long to wait for the end
     * @throws IllegalStateException
     *             if the gate is open
     * @throws CannotControl
     *             if something of the container is left
     */
    public void abandon(Duration patience) {
        gate.close();
        awaitOutcome(patience);
        runtime.remove(id);
    }

    @Override
    public String toString() {
        return "HeldRestore[" + id + ", " + gate.directory() + "]";
    }
}
