package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Watches a restore on its way to its gate: as long as it gets on it may take as long as it needs. */
final class RestoreWatch {

    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How long CRIU may write no line before its processes are looked at. */
    private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RestoreProcesses processes;
    private final BoundedLog log;
    private final Duration patience;
    private final BooleanSupplier wanted;
    private String logged = "";
    private String worked = "";
    private long progressed = System.nanoTime();

    /**
     * @param processes
     *            of the restore
     * @param log
     *            of its CRIU, which is kept short
     * @param patience
     *            how long it may neither compute nor read nor write
     * @param wanted
     *            whether it still is
     */
    RestoreWatch(RestoreProcesses processes, BoundedLog log, Duration patience, BooleanSupplier wanted) {
        this.processes = processes;
        this.log = log;
        this.patience = patience;
        this.wanted = wanted;
    }

    /** Null once the gate holds the container; else what stands in the way. */
    String awaitGate() {
        CommitGate gate = processes.gate();
        long looked = System.nanoTime();
        while (!gate.held()) {
            if (gate.exit().isPresent()) {
                return "runc ended with status " + gate.exit().getAsInt();
            }
            if (!wanted.getAsBoolean() || gate.decision() == CommitGate.Decision.CLOSED) {
                return "It was given up";
            }
            if (Thread.currentThread().isInterrupted()) {
                return "It was interrupted";
            }
            long now = System.nanoTime();
            if (now - looked > LOOK_NANOS) {
                looked = now;
                if (standsStill(now)) {
                    return "It did not get on for " + patience.toSeconds() + " s on its way to its gate";
                }
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return null;
    }

    private boolean standsStill(long now) {
        String written = written();
        if (!written.equals(logged)) {
            logged = written;
            progressed = now;
        } else if (now - progressed > SILENT_NANOS) {
            String present = processes.progress();
            if (!present.equals(worked)) {
                worked = present;
                progressed = now;
            }
        }
        return now - progressed > patience.toNanos();
    }

    /** What differs when CRIU has written a line. */
    private String written() {
        try {
            String time = Files.exists(log.path()) ? Files.getLastModifiedTime(log.path()).toString() : "";
            log.cut();
            return time;
        } catch (IOException e) {
            return logged;
        }
    }
}
