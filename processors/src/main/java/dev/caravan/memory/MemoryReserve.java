package dev.caravan.memory;

import dev.caravan.beneath.OwnerOnly;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory that is set aside on a tmpfs while a container still runs, for the time when it stands still: then the kernel,
 * and a hypervisor below it, need not find memory first. On a virtual machine memory that was never touched, or given back,
 * takes several times longer. It also shows that there is as much.
 */
public final class MemoryReserve {

    /** Most bytes in one reserve: clearing more takes seconds, for which the other side would have to wait. */
    static final long LIMIT = 8L << 30;

    private static final int CLEARED_AT_ONCE = 1 << 20;

    private MemoryReserve() {
    }

    /**
     * Sets memory aside in a new file of zeros with mode 0600. Deleting the file gives it back.
     *
     * @param bytes how much; what is beyond 8 GiB is not set aside
     * @return the file, open for writing
     * @throws IOException when there is not as much; then there is no file
     */
    public static FileChannel take(Path path, long bytes) throws IOException {
        FileChannel file = OwnerOnly.newFile(path);
        try {
            ByteBuffer zeros = ByteBuffer.allocateDirect(CLEARED_AT_ONCE);
            for (long left = Math.min(bytes, LIMIT); left > 0; left -= zeros.limit()) {
                zeros.clear().limit((int) Math.min(left, zeros.capacity()));
                while (zeros.hasRemaining()) {
                    file.write(zeros);
                }
            }
            return file;
        } catch (IOException e) {
            file.close();
            Files.delete(path);
            throw e;
        }
    }
}
