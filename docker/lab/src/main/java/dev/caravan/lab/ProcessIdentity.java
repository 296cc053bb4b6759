package dev.caravan.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One process and no later one that was given its number.
 *
 * @param pid        its number
 * @param startTicks when it started, in clock ticks since the machine's start
 * @param boot       which start of the machine
 */
record ProcessIdentity(long pid, long startTicks, String boot) {

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int STATE = 0;
    private static final int START_TIME = 19;

    /** The process with that number, if one runs. */
    static Optional<ProcessIdentity> of(long pid) {
        return fields(pid).map(fields -> new ProcessIdentity(pid, Long.parseLong(fields[START_TIME]), bootId()));
    }

    /** Reads what {@link #write} wrote; empty if the file is missing or was written halfway. */
    static Optional<ProcessIdentity> read(Path file) {
        try {
            String[] words = Files.readString(file).strip().split(" ");
            return words.length == 3
                    ? Optional.of(new ProcessIdentity(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2]))
                    : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    void write(Path file) throws IOException {
        Files.writeString(file, pid + " " + startTicks + " " + boot + "\n");
    }

    boolean alive() {
        return boot.equals(bootId())
                && fields(pid).filter(fields -> Long.parseLong(fields[START_TIME]) == startTicks).isPresent();
    }

    /** Sends a signal, if the process still runs. */
    void signal(boolean forcibly) {
        if (alive()) {
            ProcessHandle.of(pid).ifPresent(forcibly ? ProcessHandle::destroyForcibly : ProcessHandle::destroy);
        }
    }

    /** Kills it and waits until it is gone. */
    void kill() {
        signal(true);
        if (!awaitEnd(10_000)) {
            throw new LabFailed("process " + pid + " does not end although it was killed");
        }
    }

    /** Waits for its end; false if it takes longer than that many milliseconds. */
    boolean awaitEnd(long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (alive()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return true;
    }

    /** The fields of /proc/PID/stat after the program's name (proc(5)); empty if the process is gone or a zombie. */
    private static Optional<String[]> fields(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            boolean ended = fields[STATE].equals("Z") || fields[STATE].equals("X");
            return ended ? Optional.empty() : Optional.of(fields);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String bootId() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            throw new LabFailed("cannot read the boot id", e);
        }
    }
}
