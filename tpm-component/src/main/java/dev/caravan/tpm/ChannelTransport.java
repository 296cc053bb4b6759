package dev.caravan.tpm;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.Arrays;

/** A TPM at the other end of a channel that carries nothing but commands and responses (TPM 2.0 Part 1, 18). */
final class ChannelTransport implements TpmTransport {
    private static final int SIZE_OFFSET = 2;

    private final ByteChannel channel;

    ChannelTransport(ByteChannel channel) {
        this.channel = channel;
    }

    @Override
    public byte[] exchange(byte[] command) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(command);
        while (out.hasRemaining()) {
            channel.write(out);
        }
        // a device file gives the whole response to one read, so there must be room for the longest
        ByteBuffer in = ByteBuffer.allocate(MAX_BYTES);
        int size = HEADER_BYTES;
        while (in.position() < size) {
            if (channel.read(in) < 0) {
                throw new EOFException("it closed the connection");
            }
            if (in.position() >= HEADER_BYTES) {
                size = in.getInt(SIZE_OFFSET);
                if (size < HEADER_BYTES || size > MAX_BYTES) {
                    throw new IOException("it announced a response of " + Integer.toUnsignedString(size) + " bytes");
                }
            }
        }
        if (in.position() > size) {
            throw new IOException("it sent more than the response that it announced");
        }
        return Arrays.copyOf(in.array(), size);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
