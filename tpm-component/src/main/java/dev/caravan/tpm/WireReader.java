package dev.caravan.tpm;

import java.util.Arrays;

/** Reads TPM structures (TPM 2.0 Part 2: big-endian, sizes first) from bytes that somebody else made. */
final class WireReader {
    private final byte[] bytes;
    private final String what;
    private int position;

    /** @param what names the structure in reasons */
    WireReader(byte[] bytes, String what) {
        this.bytes = bytes;
        this.what = what;
    }

    int u8() throws QuoteRejected {
        require(1);
        return bytes[position++] & 0xff;
    }

    int u16() throws QuoteRejected {
        return u8() << 8 | u8();
    }

    /** An unsigned 32-bit number as an int; only for values that are compared, masked or bounded afterwards. */
    int u32() throws QuoteRejected {
        return u16() << 16 | u16();
    }

    long u64() throws QuoteRejected {
        return (long) u32() << 32 | u32() & 0xffffffffL;
    }

    byte[] bytes(int length) throws QuoteRejected {
        require(length);
        position += length;
        return Arrays.copyOfRange(bytes, position - length, position);
    }

    /** Everything that is left. */
    byte[] rest() throws QuoteRejected {
        return bytes(bytes.length - position);
    }

    /** Everything that is left, at most {@code max} bytes. */
    byte[] rest(int max) throws QuoteRejected {
        requireAtMost(bytes.length - position, max);
        return rest();
    }

    /** A TPM2B: 16-bit size, then that many bytes, at most {@code max}. */
    byte[] sized(int max) throws QuoteRejected {
        int length = u16();
        requireAtMost(length, max);
        return bytes(length);
    }

    void requireEnd() throws QuoteRejected {
        if (position != bytes.length) {
            throw new QuoteRejected(what + " has " + (bytes.length - position) + " bytes too many");
        }
    }

    private void requireAtMost(int length, int max) throws QuoteRejected {
        if (length > max) {
            throw new QuoteRejected(
                    what + " has a field of " + length + " bytes where at most " + max + " are allowed");
        }
    }

    private void require(int length) throws QuoteRejected {
        if (length < 0 || length > bytes.length - position) {
            throw new QuoteRejected(what + " is cut short");
        }
    }
}
