package dev.caravan.stream;

import java.io.IOException;

/** Takes opened batches: each one once, in the order of their numbers, never two at a time. */
@FunctionalInterface
public interface BatchHandler {

    /**
     * Takes a batch. It is acknowledged when this returns; a slow handler slows the sender down.
     *
     * @param batch valid during this call only
     * @throws IOException when the stream cannot go on; ends the channel
     */
    void handle(Batch batch) throws IOException;
}
