package dev.caravan.rootfs;

import java.io.ByteArrayOutputStream;

/** Writes the primitives of a manifest: bytes, and numbers in groups of 7 bits, least significant first. */
final class WireWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(64 * 1024);

    void octet(int value) {
        out.write(value);
    }

    void number(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    /** A number that may be negative. */
    void signed(long value) {
        number(value << 1 ^ value >> 63);
    }

    void bytes(byte[] bytes) {
        out.write(bytes, 0, bytes.length);
    }

    /** A string of one character a byte, after its length. */
    void raw(String raw) {
        number(raw.length());
        rawFrom(raw, 0);
    }

    void rawFrom(String raw, int from) {
        for (int i = from; i < raw.length(); i++) {
            out.write(raw.charAt(i));
        }
    }

    int size() {
        return out.size();
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }
}
