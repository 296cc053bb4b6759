package dev.caravan.beneath;

import com.sun.jna.Memory;
import java.io.Closeable;
import java.io.IOException;

/** The content of a regular file that is open. Not thread-safe. */
public final class OpenFile implements Closeable {
    /** What one system call reads or writes: fits the processor's cache, and costs little beside the copying. */
    private static final int PIECE = 64 << 10;
    private static final ThreadLocal<Memory> SCRATCH = ThreadLocal.withInitial(() -> new Memory(PIECE));

    private final int descriptor;
    private final String path;
    private boolean closed;

    OpenFile(int descriptor, String path) {
        this.descriptor = descriptor;
        this.path = path;
    }

    public FileStat stat() throws IOException {
        return Directory.stat(descriptor, path);
    }

    /** Reads up to {@code length} bytes at a position, fewer only at the end of the file. */
    public int read(byte[] into, int length, long position) throws IOException {
        Memory scratch = SCRATCH.get();
        int done = 0;
        while (done < length) {
            long read = Libc.pread(descriptor, scratch, Math.min(PIECE, length - done), position + done);
            if (read < 0) {
                throw SystemError.of(path);
            }
            if (read == 0) {
                break;
            }
            scratch.read(0, into, done, (int) read);
            done += (int) read;
        }
        return done;
    }

    /** Writes the bytes from {@code from} to {@code to}, all of them, at a position. */
    public void write(byte[] bytes, int from, int to, long position) throws IOException {
        Memory scratch = SCRATCH.get();
        for (int at = from; at < to;) {
            int piece = Math.min(PIECE, to - at);
            scratch.write(0, bytes, at, piece);
            long written = Libc.pwrite(descriptor, scratch, piece, position + at - from);
            if (written <= 0) {
                throw SystemError.of(path);
            }
            at += (int) written;
        }
    }

    /** Cuts or lengthens the file; what is added is a hole. */
    public void resize(long size) throws IOException {
        if (Libc.ftruncate(descriptor, size) < 0) {
            throw SystemError.of(path);
        }
    }

    /** Writes the file's content and metadata to the disk. */
    public void force() throws IOException {
        if (Libc.fsync(descriptor) < 0) {
            throw SystemError.of(path);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Libc.close(descriptor);
        }
    }
}
