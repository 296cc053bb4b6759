package dev.caravan.criu;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * The commit gate: holds a restored container before its first instruction until it is decided, once and for all,
 * whether it runs or dies. All of it is in one directory, so that it outlives the JVM that made it and any other finds
 * it again. The waiting is done by a script that CRIU calls at {@code post-restore}.
 *
 * <p>
 * The decision is the name of a file that is there from the beginning. Whoever decides renames it, which only one of
 * those who try at the same time can do: an open gate never becomes a closed one, nor the reverse. To decide needs
 * neither space nor an inode.
 */
public final class CommitGate {

    /** What has been decided. */
    public enum Decision {
        /** Nothing yet. */
        WAITING,
        /** The container runs. */
        OPENED,
        /** The container dies. */
        CLOSED
    }

    /** CRIU's configuration files know no escapes that hold for every character. */
    private static final Pattern SPEAKABLE = Pattern.compile("/[A-Za-z0-9/._:@+,=-]+");

    private final GateDirectory files;

    /**
     * @param directory
     *            of this gate alone; it need not exist yet
     * @throws IllegalArgumentException
     *             if its path holds a character other than letters, digits and {@code /._:@+,=-}
     */
    public CommitGate(Path directory) {
        Path path = directory.toAbsolutePath().normalize();
        if (!SPEAKABLE.matcher(path.toString()).matches()) {
            throw new IllegalArgumentException("CRIU cannot be told of a gate in " + path
                    + ": use letters, digits and ._:@+,=- only");
        }
        files = new GateDirectory(path);
    }

    /** @return where it is */
    public Path directory() {
        return files.path();
    }

    /**
     * Makes the directory (mode 0700) and the script, and tries the script out. Doing so again changes nothing.
     *
     * @throws UncheckedIOException
     *             if a file cannot be written, or the script not be run, as on a file system mounted {@code noexec}
     */
    public void install() {
        try {
            files.make();
        } catch (IOException | TimeoutException e) {
            throw new UncheckedIOException("No commit gate can be made in " + directory()
                    + "; scripts must be allowed to run there (not mounted noexec)",
                    e instanceof IOException io ? io : new IOException(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("Interrupted while making a commit gate", e));
        }
    }

    /** @return whether it is there: one that nobody has made, or that was on a tmpfs before a reboot, is not */
    public boolean installed() {
        return files.exists();
    }

    /** @return whether a restored container has reached this gate, decided or not */
    public boolean held() {
        return files.marked(GateDirectory.HELD);
    }

    /**
     * Lets the container run.
     *
     * @throws IllegalStateException
     *             if the gate is closed
     */
    public void open() {
        decide(Decision.OPENED);
    }

    /**
     * Lets the container die.
     *
     * @throws IllegalStateException
     *             if the gate is open
     */
    public void close() {
        decide(Decision.CLOSED);
    }

    /** @return what has been decided */
    public Decision decision() {
        if (Files.exists(files.file(GateDirectory.UNDECIDED))) {
            return Decision.WAITING;
        }
        if (Files.exists(files.file(GateDirectory.OPENED))) {
            return Decision.OPENED;
        }
        return Files.exists(files.file(GateDirectory.CLOSED)) ? Decision.CLOSED : Decision.WAITING;
    }

    Path script() {
        return files.file(GateDirectory.GATE);
    }

    Path file(String name) {
        return files.file(name);
    }

    /** Whether CRIU has let the container's processes run. */
    boolean resumed() {
        return files.marked(GateDirectory.RESUMED);
    }

    /** The exit status that the restore behind this gate left, once it has ended. */
    OptionalInt exit() {
        return files.number(GateDirectory.EXIT);
    }

    /** Whether the restore is under way. Killed by force it leaves no exit status; its script tells it from another. */
    boolean restoreLives() {
        OptionalInt launcher = files.number(GateDirectory.LAUNCHER);
        if (launcher.isEmpty()) {
            return false;
        }
        try {
            return Files.readString(Path.of("/proc", Integer.toString(launcher.getAsInt()), "cmdline"),
                    StandardCharsets.UTF_8).contains(file(GateDirectory.LAUNCH).toString());
        } catch (IOException e) {
            return false;
        }
    }

    /** Where CRIU of the restore behind this gate works; empty as long as none was started. */
    Optional<Path> workDirectory() {
        String text = files.read("work");
        return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    }

    /** The cgroup of the container behind this gate, as {@code /proc/PID/cgroup} names it, once that is written down. */
    Optional<String> cgroup() {
        return Optional.of(files.read("cgroup")).filter(text -> !text.isEmpty());
    }

    /** A gate that has served one restore says nothing of another. */
    boolean used() {
        return workDirectory().isPresent() || decision() != Decision.WAITING;
    }

    private void decide(Decision wanted) {
        String name = wanted == Decision.OPENED ? GateDirectory.OPENED : GateDirectory.CLOSED;
        try {
            install();
            if (!files.rename(GateDirectory.UNDECIDED, name)) {
                requireDecided(wanted);
            }
            try (FileChannel self = FileChannel.open(directory(), StandardOpenOption.READ)) {
                self.force(true);
            }
            wakeScript();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireDecided(Decision wanted) throws IOException {
        Decision made = decision();
        if (made == Decision.WAITING && wanted == Decision.CLOSED) {
            // what is left of a gate that was being deleted: nobody can open it
            try {
                Files.createFile(file(GateDirectory.CLOSED));
            } catch (FileAlreadyExistsException e) {
                return;
            }
        } else if (made != wanted) {
            throw new IllegalStateException("The gate in " + directory() + " is " + made
                    + " already and cannot become " + wanted);
        }
    }

    /** The script opens the pipe before it looks for the decision: written after the decision, nothing is missed. */
    private void wakeScript() throws IOException {
        Path wake = file(GateDirectory.WAKE);
        if (Files.exists(wake) && !Files.isRegularFile(wake)) {
            try (RandomAccessFile pipe = new RandomAccessFile(wake.toFile(), "rw")) {
                pipe.write('\n');
            }
        }
    }
}
