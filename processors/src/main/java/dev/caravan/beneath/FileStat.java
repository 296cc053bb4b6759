package dev.caravan.beneath;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) says of a file; of a symbolic link, not of what it names.
 *
 * @param mode    type and permissions
 * @param links   how many names it has
 * @param size    in bytes
 * @param major   of a device node
 * @param minor   of a device node
 * @param modified when its content last changed
 * @param changed  when anything about it last changed
 */
public record FileStat(int mode, int links, int uid, int gid, FileIdentity identity, long size, int major, int minor,
        Time modified, Time changed) {

    static final int FORMAT = 0170000;
    static final int DIRECTORY = 0040000;
    static final int REGULAR = 0100000;

    /**
     * Seconds since 1970, rounded down, and the rest in nanoseconds. Not an {@link java.time.Instant}: a container may set
     * any 64 bits.
     */
    public record Time(long seconds, int nanos) {
    }

    public boolean isDirectory() {
        return (mode & FORMAT) == DIRECTORY;
    }

    public boolean isRegular() {
        return (mode & FORMAT) == REGULAR;
    }

    static FileStat of(byte[] statx) {
        ByteBuffer in = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
        long device = (long) in.getInt(136) << Integer.SIZE | in.getInt(140) & 0xffffffffL;
        return new FileStat(in.getShort(28) & 0xffff, in.getInt(16), in.getInt(20), in.getInt(24),
                new FileIdentity(device, in.getLong(32)), in.getLong(40), in.getInt(128), in.getInt(132),
                new Time(in.getLong(112), in.getInt(120)), new Time(in.getLong(96), in.getInt(104)));
    }
}
