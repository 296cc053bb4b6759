package dev.caravan.rootfs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reads what {@link WireWriter} wrote, and refuses what it would not have written. */
final class WireReader {
    private final ByteBuffer in;

    WireReader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    int octet() throws ManifestRejected {
        require(1);
        return in.get() & 0xff;
    }

    /** A number from 0 to {@code max}. */
    long number(long max) throws ManifestRejected {
        long value = bits();
        if (value < 0 || value > max) {
            throw new ManifestRejected("a number before byte " + in.position() + " is " + Long.toUnsignedString(value)
                    + ", and 0 to " + max + " are allowed");
        }
        return value;
    }

    long signed() throws ManifestRejected {
        long value = bits();
        return value >>> 1 ^ -(value & 1);
    }

    /** A count of things that take at least {@code bytesEach}, so that no more is allocated than was sent. */
    int count(int max, int bytesEach) throws ManifestRejected {
        int count = (int) number(max);
        require((long) count * bytesEach);
        return count;
    }

    private long bits() throws ManifestRejected {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = octet();
            if (shift == 63 && next > 1) {
                break;
            }
            value |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new ManifestRejected("a number is too long at byte " + in.position());
    }

    String raw(int maxLength) throws ManifestRejected {
        return rawOf((int) number(maxLength));
    }

    /** The next {@code length} bytes as a string of one character a byte. */
    String rawOf(int length) throws ManifestRejected {
        return new String(bytes(length), StandardCharsets.ISO_8859_1);
    }

    byte[] bytes(int length) throws ManifestRejected {
        require(length);
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    ChunkDigest digest() throws ManifestRejected {
        require(ChunkDigest.BYTES);
        return ChunkDigest.from(in);
    }

    boolean atEnd() {
        return !in.hasRemaining();
    }

    void requireEnd() throws ManifestRejected {
        if (!atEnd()) {
            throw new ManifestRejected(in.remaining() + " bytes too many");
        }
    }

    private void require(long bytes) throws ManifestRejected {
        if (bytes > in.remaining()) {
            throw new ManifestRejected("it ends too early, at byte " + in.limit());
        }
    }
}
