package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoint of a container that is under way; where its CRIU works is written in a note in runc's state directory.
 *
 * <p>
 * A CRIU that works is waited for: whoever kills it while its parasite is in a process may leave that process broken.
 * One that hangs does so while it seizes the processes, in the kernel, before it has touched any; it is killed.
 */
final class CheckpointProcesses {

    /** How long a dump may neither compute nor read nor write before it counts as hanging. */
    static final Duration HANGS = Duration.ofMillis(1200);

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointProcesses.class);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String id;
    private final Path root;
    private final Path note;

    CheckpointProcesses(Path root, String id) {
        this.id = id;
        this.root = root;
        this.note = root.resolve("@" + id + ".checkpoint"); // no container has such a name
    }

    /** Notes, before the checkpoint starts, where its CRIU will work. */
    void announce(Path workDirectory) throws IOException {
        PrivateDirectory.make(root);
        Files.writeString(note, workDirectory.toRealPath().toString());
    }

    /** The processes, none if no checkpoint is under way. */
    List<ProcessHandle> running() {
        return new OperationProcesses(OperationProcesses.CHECKPOINT_OF, root, id, workDirectory()).running();
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
            String present = OperationProcesses.progress(left);
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
        try {
            return Optional.of(Path.of(Files.readString(note)));
        } catch (IOException e) {
            return Optional.empty(); // no checkpoint has begun
        }
    }
}
