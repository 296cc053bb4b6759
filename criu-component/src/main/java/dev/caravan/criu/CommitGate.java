package dev.caravan.criu;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * The commit gate: holds a restored container before its first instruction until it is decided, once and for all,
 * whether it runs or dies. All of it is in one directory, so that it outlives the JVM that made it and any other finds
 * it again. The waiting is done by a script that CRIU calls at {@code post-restore}.
 *
 * <p>
 * The decision is a file that is complete before it gets its name, by a hard link that fails if there is one already:
 * an open gate never becomes a closed one, nor the reverse, whoever decides at the same time.
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

    static final String SCRIPT = "gate.sh";

    private static final Duration INSTALLING = Duration.ofSeconds(20);

    /** CRIU's configuration files know no escapes that hold for every character. */
    private static final Pattern SPEAKABLE = Pattern.compile("/[A-Za-z0-9/._:@+,=-]+");

    private final Path directory;

    /**
     * @param directory
     *            of this gate alone; it need not exist yet
     * @throws IllegalArgumentException
     *             if its path holds a character other than letters, digits and {@code /._:@+,=-}
     */
    public CommitGate(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
        if (!SPEAKABLE.matcher(this.directory.toString()).matches()) {
            throw new IllegalArgumentException("CRIU cannot be told of a gate in " + this.directory
                    + ": use letters, digits and ._:@+,=- only");
        }
    }

    /** @return where it is */
    public Path directory() {
        return directory;
    }

    /**
     * Makes the directory (mode 0700) and the script, and tries the script out. Doing so again changes nothing.
     *
     * @throws UncheckedIOException
     *             if a file cannot be written, or the script not be run, as on a file system mounted {@code noexec}
     */
    public void install() {
        try {
            PrivateDirectory.make(directory);
            if (Files.exists(wake())) {
                return;
            }
            writeScript("launch.sh");
            writeScript(SCRIPT);
            CommandOutcome tried = new LocalExecutor().run(new Command(List.of(script().toString()),
                    Map.of("CRTOOLS_SCRIPT_ACTION", "install"), INSTALLING, 4096));
            if (!tried.succeeded()) {
                throw new IOException("The gate's script failed in " + directory + ": " + tried.errors().strip());
            }
        } catch (IOException | TimeoutException e) {
            throw new UncheckedIOException("No commit gate can be made in " + directory
                    + "; scripts must be allowed to run there (not mounted noexec)", asIo(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("Interrupted while making a commit gate", e));
        }
    }

    /** @return whether a restored container has reached this gate, decided or not */
    public boolean held() {
        return Files.exists(file("held"));
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
        try {
            String text = Files.readString(file("decision"), StandardCharsets.UTF_8);
            return switch (text) {
                case "opened\n" -> Decision.OPENED;
                case "closed\n" -> Decision.CLOSED;
                default -> throw new IllegalStateException(file("decision") + " holds no decision");
            };
        } catch (NoSuchFileException e) {
            return Decision.WAITING;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path script() {
        return file(SCRIPT);
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /** The exit status that the restore behind this gate left, once it has ended. */
    OptionalInt exit() {
        String text = read("exit");
        return text.endsWith("\n") ? OptionalInt.of(Integer.parseInt(text.strip())) : OptionalInt.empty();
    }

    /** Whether the restore is under way. Killed by force it leaves no exit status; its script tells it from another. */
    boolean restoreLives() {
        String text = read("launcher");
        if (!text.endsWith("\n")) {
            return !text.isEmpty();
        }
        try {
            String command = Files.readString(Path.of("/proc", text.strip(), "cmdline"), StandardCharsets.UTF_8);
            return command.contains(file("launch.sh").toString());
        } catch (IOException e) {
            return false;
        }
    }

    /** What a file of this gate says; nothing if there is none. */
    String read(String name) {
        try {
            return Files.readString(file(name), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** Where CRIU of the restore behind this gate works, once that is written down. */
    Optional<Path> workDirectory() {
        String text = read("work");
        return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    }

    /** A gate that has served one restore says nothing of another. */
    boolean used() {
        return held() || Files.exists(file("launcher")) || Files.exists(file("decision"));
    }

    private Path wake() {
        return file("wake");
    }

    private void decide(Decision wanted) {
        try {
            PrivateDirectory.make(directory);
            Path draft = file("decision." + UUID.randomUUID());
            write(draft, wanted == Decision.OPENED ? "opened\n" : "closed\n");
            try {
                Files.createLink(file("decision"), draft);
            } catch (FileAlreadyExistsException e) {
                Decision made = decision();
                if (made != wanted) {
                    throw new IllegalStateException("The gate in " + directory + " is " + made
                            + " already and cannot become " + wanted, e);
                }
            } finally {
                Files.delete(draft);
            }
            try (FileChannel self = FileChannel.open(directory, StandardOpenOption.READ)) {
                self.force(true);
            }
            wakeScript();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The script opens the pipe before it looks for the decision: written after the decision, nothing is missed. */
    private void wakeScript() throws IOException {
        if (Files.exists(wake()) && !Files.isRegularFile(wake())) {
            try (RandomAccessFile pipe = new RandomAccessFile(wake().toFile(), "rw")) {
                pipe.write('\n');
            }
        }
    }

    private static void write(Path file, String text) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
    }

    private void writeScript(String name) throws IOException {
        Path script = file(name);
        try (InputStream source = CommitGate.class.getResourceAsStream(name)) {
            Files.write(script, source.readAllBytes());
        }
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    private static IOException asIo(Exception e) {
        return e instanceof IOException io ? io : new IOException(e);
    }
}
