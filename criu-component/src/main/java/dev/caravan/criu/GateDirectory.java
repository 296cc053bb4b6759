package dev.caravan.criu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeoutException;

/**
 * The directory of a commit gate: its scripts, and what they and their callers tell each other, also after a crash.
 *
 * <p>
 * It appears whole. What is told afterwards is told by giving a file another name, or by writing over the bytes that it
 * has: neither takes space or an inode, so that a file system which is full by then, as a tmpfs may be, cannot stand in
 * the way.
 */
final class GateDirectory {

    static final String GATE = "gate.sh";
    static final String LAUNCH = "launch.sh";
    static final String UNDECIDED = "undecided";
    static final String OPENED = "opened";
    static final String CLOSED = "closed";
    static final String WAKE = "wake";
    static final String HELD = "held";
    static final String RESUMED = "resumed";
    static final String LAUNCHER = "launcher";
    static final String EXIT = "exit";

    /** What each mark says until somebody writes over it: as long as what will be written. */
    private static final Map<String, String> UNTOLD = Map.of(HELD, "0", RESUMED, "0", LAUNCHER, "----------", EXIT,
            "---");

    private static final Duration TRYING = Duration.ofSeconds(20);

    private static final String TEXT_FILE_BUSY = "error=26,";
    private static final int MAX_TRIES = 100;

    private final Path path;

    GateDirectory(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /** Whether it is there and whole. */
    boolean exists() {
        return Files.exists(file(UNDECIDED)) || Files.exists(file(OPENED)) || Files.exists(file(CLOSED));
    }

    /** Makes it with mode 0700, whole and once, whoever does so at the same time, and tries its script out. */
    void make() throws IOException, TimeoutException, InterruptedException {
        if (exists()) {
            return;
        }
        Path parent = Objects.requireNonNull(path.getParent(), "a gate cannot be the root directory");
        PrivateDirectory.make(parent);
        Path draft = Files.createTempDirectory(parent, path.getFileName() + ".");
        try {
            writeScript(draft, LAUNCH);
            writeScript(draft, GATE);
            for (Map.Entry<String, String> mark : UNTOLD.entrySet()) {
                Files.writeString(draft.resolve(mark.getKey()), mark.getValue());
            }
            Files.createFile(draft.resolve(UNDECIDED));
            tryOut(draft);
            publish(draft);
        } finally {
            discard(draft);
        }
    }

    /** A child that this JVM starts elsewhere has the script open for a moment, as it was when it was written. */
    private static void tryOut(Path draft) throws IOException, TimeoutException, InterruptedException {
        Command script = new Command(List.of(draft.resolve(GATE).toString()),
                Map.of("CRTOOLS_SCRIPT_ACTION", "install"), TRYING, 4096);
        for (int tries = 1;; tries++) {
            try {
                CommandOutcome tried = new LocalExecutor().run(script);
                if (!tried.succeeded()) {
                    throw new IOException("The gate's script failed in " + draft + ": " + tried.errors().strip());
                }
                return;
            } catch (IOException e) {
                if (tries == MAX_TRIES || !String.valueOf(e.getMessage()).contains(TEXT_FILE_BUSY)) {
                    throw e;
                }
            }
        }
    }

    private void publish(Path draft) throws IOException {
        try {
            Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // another was faster: a directory that is not empty is not replaced
            if (!Files.isDirectory(path)) {
                throw e;
            }
        }
    }

    /** Gives a file of this directory another name; false if there is none of the old name. */
    boolean rename(String from, String to) throws IOException {
        try {
            Files.move(file(from), file(to), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Whether a mark of one byte has been set. */
    boolean marked(String name) {
        return read(name).equals("1");
    }

    /** A number that was told, once it is there in full. */
    OptionalInt number(String name) {
        String text = read(name);
        return text.isEmpty() || text.contains("-")
                ? OptionalInt.empty()
                : OptionalInt.of(Integer.parseInt(text.strip()));
    }

    /** What a file says; nothing if there is none. */
    String read(String name) {
        try {
            return Files.readString(file(name), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private static void writeScript(Path directory, String name) throws IOException {
        Path script = directory.resolve(name);
        try (InputStream source = GateDirectory.class.getResourceAsStream(name)) {
            Files.write(script, source.readAllBytes());
        }
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    private static void discard(Path draft) throws IOException {
        if (Files.exists(draft)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(draft)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(draft);
        }
    }
}
