package dev.caravan.agent;

import dev.caravan.beneath.OwnerOnly;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * An agent's directory is its own: one agent at a time uses it, and always the one of the same name. The lock is the
 * kernel's, on the file {@value #FILE}, and gone when its holder dies, however that happens; the file keeps the name.
 */
final class DirectoryLock implements AutoCloseable {
    static final String FILE = "agent.lock";

    private static final int MAX_NAME = 63;

    private final FileChannel channel;
    private final boolean isNew;

    private DirectoryLock(FileChannel channel, boolean isNew) {
        this.channel = channel;
        this.isNew = isNew;
    }

    /**
     * Takes the directory.
     *
     * @param setting what names it, for example {@code caravan.home}
     * @param name    the agent's, {@code caravan.name}
     * @throws IllegalStateException if another agent uses it, or it was made for one of another name; says what to do
     */
    static DirectoryLock take(String setting, Path directory, String name) throws IOException {
        Path file = directory.resolve(FILE);
        FileChannel channel = FileChannel.open(file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                OwnerOnly.FILE);
        try {
            if (!isTaken(channel)) {
                throw new IllegalStateException(
                        setting + " is " + directory + ", which another agent uses now: two would"
                                + " undo each other's migrations. 'lslocks' shows its process, as the holder of " + file
                                + "; end that one, or give this one a directory of its own");
            }
            String owner = read(channel);
            if (!owner.isEmpty() && !owner.equals(name)) {
                throw new IllegalStateException("caravan.name is \"" + name + "\", but " + setting + ", " + directory
                        + ", was made for \"" + owner + "\": what is in it is that host's. Set caravan.name to \""
                        + owner
                        + "\" again; to give the host another name, move its containers away and start with a new "
                        + setting);
            }
            if (owner.isEmpty()) {
                channel.write(ByteBuffer.wrap((name + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
                channel.force(true);
            }
            return new DirectoryLock(channel, owner.isEmpty());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isTaken(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // another agent in this JVM
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_NAME + 1);
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {
            continue;
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII).strip();
    }

    /** Whether no agent has used the directory before. */
    boolean isNew() {
        return isNew;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
