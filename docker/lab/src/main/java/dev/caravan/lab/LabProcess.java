package dev.caravan.lab;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process of the lab that runs on its own: it outlives the program that starts it, is found again by its pid file, and
 * carries a mark in its environment by which it is found even if that file was never written.
 *
 * @param name     what it is called in the lab, for example {@code agent-alpha}
 * @param command  program and arguments
 * @param ready    how it shows that it is ready to work
 * @param log      where its outputs go
 * @param pidFile  where its identity is kept
 * @param mark     the lab it belongs to
 * @param patience how long it may take until it is ready
 */
record LabProcess(String name, List<String> command, Readiness ready, Path log, Path pidFile, LabMark mark,
        Duration patience) {

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int TAIL_LINES = 15;
    private static final long POLITE_MILLIS = 5_000;

    /** Starts it unless it runs already, and does not wait. */
    void start() {
        if (alive()) {
            return;
        }
        try {
            ready.reset();
            List<String> detached = new ArrayList<>(List.of("setsid"));
            detached.addAll(command);
            ProcessBuilder builder = Program.builder(detached).redirectInput(Redirect.from(new File("/dev/null")))
                    .redirectErrorStream(true).redirectOutput(Redirect.appendTo(log.toFile()));
            mark.put(builder.environment());
            Process process = builder.start();
            Optional<ProcessIdentity> identity = ProcessIdentity.of(process.pid());
            if (identity.isPresent()) {
                identity.get().write(pidFile);
            }
        } catch (IOException e) {
            throw new LabFailed("cannot start " + name + ": " + e.getMessage(), e);
        }
    }

    /** Starts it and waits until it is ready. */
    void startReady() {
        start();
        awaitReady();
    }

    /**
     * Waits until it is ready.
     *
     * @throws LabFailed with the end of its log if it dies or takes too long
     */
    void awaitReady() {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!ready.reached()) {
            if (!alive()) {
                throw new LabFailed(name + " ended before it was ready. The end of " + log + ":\n" + tail(TAIL_LINES));
            }
            if (System.nanoTime() > deadline) {
                throw new LabFailed(name + " is not ready after " + patience.toSeconds() + " s. The end of " + log
                        + ":\n" + tail(TAIL_LINES));
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    boolean alive() {
        return identity().filter(ProcessIdentity::alive).isPresent();
    }

    boolean isReady() {
        return alive() && ready.reached();
    }

    Optional<ProcessIdentity> identity() {
        return ProcessIdentity.read(pidFile);
    }

    /** Kills it at once (SIGKILL), as a crash does. */
    void kill() {
        identity().ifPresent(ProcessIdentity::kill);
    }

    /** Asks it to end, and kills it if it does not. */
    void stop() {
        identity().ifPresent(identity -> {
            identity.signal(false);
            if (!identity.awaitEnd(POLITE_MILLIS)) {
                identity.kill();
            }
        });
    }

    /** The last lines of its log. */
    String tail(int lines) {
        return LogTail.of(log, lines);
    }
}
