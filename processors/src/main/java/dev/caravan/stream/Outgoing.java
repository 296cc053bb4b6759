package dev.caravan.stream;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What waits for the transport, which has a thread to itself: it hangs for as long as its broker does, and nobody who
 * seals, acknowledges or closes is to wait for that.
 *
 * <p>Never more waits than the sender's window and one acknowledgement: a batch that is to be sent again while it still
 * waits is late and not lost, and the latest acknowledgement says all that earlier ones did. Thread-safe; the transport
 * need not be.
 */
final class Outgoing implements AutoCloseable {

    private final Executor thread;
    private final Consumer<byte[]> transport;
    private final Consumer<RuntimeException> failed;
    private final Map<Long, byte[]> batches = new LinkedHashMap<>();
    private byte[] acknowledgement;
    private boolean closed;

    /**
     * @param thread    the transport's; runs one task after the other
     * @param transport takes one at a time; may block, and may throw, which counts as loss
     * @param failed    told of what it throws
     */
    Outgoing(Executor thread, Consumer<byte[]> transport, Consumer<RuntimeException> failed) {
        this.thread = thread;
        this.transport = transport;
        this.failed = failed;
    }

    /** Queues a batch, unless it waits already. */
    synchronized void batch(byte[] wire) {
        if (!closed && batches.putIfAbsent(BatchHeader.number(wire), wire) == null) {
            thread.execute(this::hand);
        }
    }

    /** Queues an acknowledgement, before all batches and in place of an earlier one. */
    synchronized void acknowledgement(byte[] wire) {
        boolean waits = acknowledgement != null;
        acknowledgement = wire;
        if (!closed && !waits) {
            thread.execute(this::hand);
        }
    }

    /** Whatever waits of the batches below {@code next} has arrived meanwhile. */
    synchronized void arrived(long next) {
        batches.keySet().removeIf(number -> number < next);
    }

    private void hand() {
        byte[] wire = next();
        if (wire == null) {
            return; // it has arrived, or nobody wants it any more
        }
        try {
            transport.accept(wire);
        } catch (RuntimeException e) {
            failed.accept(e);
        }
    }

    private synchronized byte[] next() {
        byte[] next = acknowledgement;
        if (next != null) {
            acknowledgement = null;
            return next;
        }
        Iterator<byte[]> first = batches.values().iterator();
        if (first.hasNext()) {
            next = first.next();
            first.remove();
        }
        return next;
    }

    /** Nothing more is handed over; what the transport hangs in, it ends by itself. */
    @Override
    public synchronized void close() {
        closed = true;
        acknowledgement = null;
        batches.clear();
    }
}
