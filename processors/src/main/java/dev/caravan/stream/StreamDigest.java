package dev.caravan.stream;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Running SHA-256 over the header and the tags of every batch of one direction, in the order of their numbers,
 * acknowledgements left out. Both ends keep it; when theirs agree, the receiver holds exactly what was sent. The tags stand
 * for the content: they cannot be met by other content without the key. Thread-safe.
 */
final class StreamDigest {

    private final MessageDigest digest;

    StreamDigest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Adds the next batch, which must be authentic. */
    synchronized void add(byte[] wire) {
        digest.update(wire, 0, BatchHeader.BYTES);
        ByteBuffer words = ByteBuffer.wrap(wire);
        int at = BatchHeader.BYTES;
        while (at < wire.length) {
            at += BatchHeader.RECORD_HEAD + (words.getInt(at) & ~BatchHeader.COMPRESSED);
            digest.update(wire, at, BatchHeader.TAG);
            at += BatchHeader.TAG;
        }
    }

    /** The digest so far, 32 bytes. */
    synchronized byte[] value() {
        try {
            return ((MessageDigest) digest.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
        }
    }
}
