package dev.caravan.stream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * Joins the batches of messages that {@link BatchSender#sendMessage} split. Messages of different kinds may be interleaved.
 * Not thread-safe; a channel calls it in order.
 */
public final class MessageJoiner implements BatchHandler {

    private final MessageHandler handler;
    private final int limit;
    private final Map<BatchKind, ByteArrayOutputStream> unfinished = new EnumMap<>(BatchKind.class);
    private long bytes;

    /** Takes whole messages. */
    @FunctionalInterface
    public interface MessageHandler {

        void message(Message message) throws IOException;
    }

    /**
     * @param handler takes the messages
     * @param limit   most bytes of one message, and of all unfinished messages together
     */
    public MessageJoiner(MessageHandler handler, int limit) {
        this.handler = handler;
        this.limit = limit;
    }

    /** Bytes of unfinished messages. */
    public long unfinishedBytes() {
        return bytes;
    }

    @Override
    public void handle(Batch batch) throws IOException {
        if (bytes + batch.length() > limit) {
            throw new IOException("a " + batch.header().kind() + " message exceeds " + limit + " bytes");
        }
        BatchKind kind = batch.header().kind();
        ByteArrayOutputStream begun = unfinished.get(kind);
        if (batch.header().more()) {
            if (begun == null) {
                // whoever splits a message fills its batches; room is made for what came, not for what might
                begun = new ByteArrayOutputStream(2 * batch.length());
                unfinished.put(kind, begun);
            }
            begun.write(batch.buffer(), 0, batch.length());
            bytes += batch.length();
        } else if (begun == null) {
            handler.message(new Message(kind, batch.header().round(), batch.copy()));
        } else {
            unfinished.remove(kind);
            bytes -= begun.size();
            begun.write(batch.buffer(), 0, batch.length());
            handler.message(new Message(kind, batch.header().round(), begun.toByteArray()));
        }
    }
}
