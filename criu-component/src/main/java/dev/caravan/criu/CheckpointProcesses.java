package dev.caravan.criu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code runc checkpoint} of a container that is under way, and the CRIU that it has started and that outlives it,
 * whoever started them. runc is known by a variable of its environment. CRIU, which writes its title over that, is known
 * by its working directory, which a note in runc's state directory names.
 *
 * <p>
 * A CRIU that works is waited for: whoever kills it while its parasite is in a process may leave that process broken.
 * One that hangs does so while it seizes the processes, in the kernel, before it has touched any; it is killed.
 */
final class CheckpointProcesses {

    /** The environment variable that names what is checkpointed: runc's state directory of the container. */
    static final String MARK = "CARAVAN_CHECKPOINT_OF";

    /** How long a dump may neither compute nor read nor write before it counts as hanging. */
    static final Duration HANGS = Duration.ofMillis(1200);

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointProcesses.class);
    private static final Path PROC = Path.of("/proc");
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int STATE = 0;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    private final String id;
    private final String entry;
    private final Path root;
    private final Path note;

    CheckpointProcesses(Path root, String id) {
        this.id = id;
        this.root = root;
        this.entry = MARK + "=" + mark(root, id);
        this.note = root.resolve("@" + id + ".checkpoint"); // no container has such a name
    }

    /** Notes, before the checkpoint starts, where its CRIU will work. */
    void announce(Path workDirectory) throws IOException {
        PrivateDirectory.make(root);
        Files.writeString(note, workDirectory.toRealPath().toString());
    }

    /** The value of {@link #MARK} for a container. */
    static String mark(Path root, String id) {
        return root.toAbsolutePath().normalize().resolve(id).toString();
    }

    /** The processes, none if no checkpoint is under way. */
    List<ProcessHandle> running() {
        List<ProcessHandle> found = new ArrayList<>();
        Optional<Path> own = link(PROC.resolve("self/ns/pid"));
        Optional<Path> work = workDirectory();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                boolean marked = environment(process).contains(entry)
                        || work.isPresent() && link(process.resolve("cwd")).equals(work);
                // a container's process may call itself anything, but lives in a namespace of its own
                if (marked && link(process.resolve("ns/pid")).equals(own) && !ended(process)) {
                    ProcessHandle.of(Long.parseLong(process.getFileName().toString())).ifPresent(found::add);
                }
            }
        } catch (IOException e) {
            throw new CannotControl(id, "The processes of this machine cannot be read", e);
        }
        return found;
    }

    /**
     * Returns when no checkpoint is under way any more.
     *
     * @throws CannotControl
     *             if one still works after {@code patience}, or this thread was interrupted
     */
    void end(Duration patience) {
        long start = System.nanoTime();
        String progress = "";
        long progressed = start;
        for (List<ProcessHandle> left = running(); !left.isEmpty(); left = running()) {
            long now = System.nanoTime();
            String present = progress(left);
            if (!present.equals(progress)) {
                progress = present;
                progressed = now;
            } else if (now - progressed > HANGS.toNanos()) {
                LOG.warn("the checkpoint of container {} hangs: its processes {} are killed", id,
                        left.stream().map(ProcessHandle::pid).toList());
                left.forEach(ProcessHandle::destroyForcibly);
                progressed = now;
            }
            if (now - start > patience.toNanos() || Thread.currentThread().isInterrupted()) {
                throw new CannotControl(id, "A checkpoint of it is under way and does not end", LogExcerpt.NONE);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Takes the note away, once no checkpoint can begin any more. */
    void forget() {
        try {
            Files.deleteIfExists(note);
        } catch (IOException e) {
            throw new CannotControl(id, "The note of its checkpoint cannot be deleted: " + note, e);
        }
    }

    /** Where a checkpoint was begun that is not known to have ended. */
    Optional<Path> workDirectory() {
        String noted = text(note);
        return noted.isEmpty() ? Optional.empty() : Optional.of(Path.of(noted));
    }

    /** What differs as long as one of them does anything (proc(5)): times on a processor, and input and output. */
    private static String progress(List<ProcessHandle> processes) {
        StringBuilder progress = new StringBuilder();
        for (ProcessHandle process : processes) {
            Path directory = PROC.resolve(Long.toString(process.pid()));
            List<String> stat = stat(directory);
            if (stat.size() > SYSTEM_TIME) {
                progress.append(process.pid()).append(' ').append(stat.get(USER_TIME)).append(' ')
                        .append(stat.get(SYSTEM_TIME)).append(text(directory.resolve("io")));
            }
        }
        return progress.toString();
    }

    private static List<String> environment(Path process) {
        return List.of(text(process.resolve("environ")).split("\0"));
    }

    private static boolean ended(Path process) {
        List<String> stat = stat(process);
        return stat.isEmpty() || stat.get(STATE).equals("Z") || stat.get(STATE).equals("X");
    }

    /** The fields of {@code stat} after the program's name, which may hold anything. */
    private static List<String> stat(Path process) {
        String stat = text(process.resolve("stat"));
        int name = stat.lastIndexOf(") ");
        return name < 0 ? List.of() : List.of(stat.substring(name + 2).split(" "));
    }

    private static Optional<Path> link(Path link) {
        try {
            return Optional.of(Files.readSymbolicLink(link));
        } catch (IOException e) {
            return Optional.empty(); // it has ended
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }
}
