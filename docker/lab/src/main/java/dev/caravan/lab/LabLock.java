package dev.caravan.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Lets one program at a time change a lab. The kernel gives it back when its holder dies. */
final class LabLock implements AutoCloseable {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Path file;
    private final FileChannel channel;

    private LabLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Waits until nobody else changes the lab with that run directory. Not reentrant. */
    static LabLock take(Path run) {
        Path file = Path.of(run + ".lock");
        try {
            Files.createDirectories(run.resolve("..").normalize());
            while (true) {
                FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (locked(channel) && sameFile(file, channel)) {
                    return new LabLock(file, channel);
                }
                channel.close();
                LockSupport.parkNanos(POLL_NANOS);
            }
        } catch (IOException e) {
            throw new LabFailed("cannot lock " + file + ": " + e.getMessage() + "; the lab needs root", e);
        }
    }

    /** False if another thread of this program has it: the file's lock is the whole program's. */
    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.lock().isValid();
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Whoever held the lock may have removed the file: then this is a lock on nothing. */
    private static boolean sameFile(Path file, FileChannel channel) throws IOException {
        String token = UUID.randomUUID().toString();
        channel.truncate(0).write(ByteBuffer.wrap(token.getBytes(StandardCharsets.US_ASCII)));
        try {
            return Files.readString(file).equals(token);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Removes the lock's file; for whoever leaves nothing of the lab behind. */
    void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new LabFailed("cannot remove " + file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new LabFailed("cannot release " + file, e);
        }
    }
}
