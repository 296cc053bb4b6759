package dev.caravan.rootfs;

import dev.caravan.crypto.NativeCrypto;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The name of a chunk: the SHA-256 of its bytes, as four big-endian words.
 */
public record ChunkDigest(long a, long b, long c, long d) {

    /** Length of a digest, in bytes. */
    public static final int BYTES = 32;
    /**
     * A file is cut into chunks of this many bytes; its last chunk is shorter. A multiple of the page size, and a
     * little less than 1 MiB so that a whole chunk and its frame fit into one batch.
     */
    public static final int CHUNK_BYTES = (1 << 20) - 4096;
    /** Stands for a chunk of zeros of any length: it is never sent nor stored, and becomes a hole in a new file. */
    public static final ChunkDigest HOLE = new ChunkDigest(0, 0, 0, 0);

    private static final byte[] ZEROS = new byte[CHUNK_BYTES];

    /** The digest of some bytes, or {@link #HOLE} if all of them are 0. */
    public static ChunkDigest of(byte[] bytes, int length) {
        if (isZero(bytes, 0, length)) {
            return HOLE;
        }
        MessageDigest sha256 = NativeCrypto.sha256();
        sha256.update(bytes, 0, length);
        return from(ByteBuffer.wrap(sha256.digest()));
    }

    /** Whether a range of at most {@link #CHUNK_BYTES} bytes is all 0. */
    static boolean isZero(byte[] bytes, int from, int to) {
        return Arrays.mismatch(bytes, from, to, ZEROS, 0, to - from) < 0;
    }

    /** Reads the next {@link #BYTES} of a buffer. */
    static ChunkDigest from(ByteBuffer buffer) {
        return new ChunkDigest(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
    }

    byte[] bytes() {
        return ByteBuffer.allocate(BYTES).putLong(a).putLong(b).putLong(c).putLong(d).array();
    }

    /** 64 hexadecimal digits. */
    public String hex() {
        return String.format("%016x%016x%016x%016x", a, b, c, d);
    }

    /** The digest that {@link #hex} wrote, or null if it is none. */
    static ChunkDigest parse(String hex) {
        return hex.matches("[0-9a-f]{64}") ? from(ByteBuffer.wrap(HexFormat.of().parseHex(hex))) : null;
    }

    @Override
    public String toString() {
        return equals(HOLE) ? "hole" : String.format("%016x…", a);
    }
}
