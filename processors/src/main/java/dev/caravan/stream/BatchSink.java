package dev.caravan.stream;

import java.io.IOException;

/** Where content goes to be sealed and sent. */
public interface BatchSink {

    /**
     * Seals and sends one batch. Blocks while the window is full.
     *
     * @param kind   what it carries; not {@link BatchKind#ACK}
     * @param round  pre-copy round
     * @param more   whether the message goes on in the next batch of this kind
     * @param plain  holds the content; free for reuse when this returns
     * @param offset where the content starts
     * @param length 0 to {@link BatchHeader#MAX_PLAIN} bytes
     * @throws IOException when the stream ended: closed, stalled, or out of numbers
     */
    void send(BatchKind kind, int round, boolean more, byte[] plain, int offset, int length) throws IOException;
}
