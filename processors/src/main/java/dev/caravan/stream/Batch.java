package dev.caravan.stream;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * An opened batch. Its content lies in the first {@link #length()} bytes of a buffer that belongs to the opener and is
 * overwritten by the next batch: whoever wants to keep it copies it.
 *
 * @param header the header, authentic
 * @param buffer holds the content from index 0
 */
public record Batch(BatchHeader header, byte[] buffer) {

    /** Bytes of content. */
    public int length() {
        return header.plainLength();
    }

    /** The content, read-only, in place. */
    public ByteBuffer content() {
        return ByteBuffer.wrap(buffer, 0, length()).asReadOnlyBuffer();
    }

    /** A copy of the content. */
    public byte[] copy() {
        return Arrays.copyOf(buffer, length());
    }

    @Override
    public String toString() {
        return "Batch[" + header + "]";
    }
}
