package dev.caravan.stream;

import java.util.ArrayDeque;

/**
 * What has arrived and waits to be opened: a queue bounded in bytes, between the transport's thread, which must never
 * block, and whoever opens and delivers. Thread-safe.
 */
final class Inbox {

    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private long bytes;
    private long dropped;
    private boolean busy;
    private boolean closed;

    /** Queues unless that would exceed the limit; {@code alsoHeld} bytes count as well. */
    synchronized boolean offer(byte[] wire, long alsoHeld, long limit) {
        if (closed || bytes + alsoHeld + wire.length > limit || !PendingBytes.take(wire.length) && !takeFirst(wire)) {
            dropped++;
            return false;
        }
        queue.add(wire);
        bytes += wire.length;
        return true;
    }

    /** However much others keep, this channel goes on. */
    private boolean takeFirst(byte[] wire) {
        if (!queue.isEmpty()) {
            return false;
        }
        PendingBytes.takeAnyway(wire.length);
        return true;
    }

    /** The next one, or null if there is none. {@link #done} says that it is dealt with. */
    synchronized byte[] poll() {
        byte[] wire = queue.poll();
        if (wire != null) {
            busy = true;
            bytes -= wire.length;
            PendingBytes.giveBack(wire.length);
        }
        return wire;
    }

    /** What was {@linkplain #poll taken} last has been opened and delivered. */
    synchronized void done() {
        busy = false;
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized long dropped() {
        return dropped;
    }

    /** Whether something is being dealt with or waits. */
    synchronized boolean busy() {
        return busy || !queue.isEmpty();
    }

    synchronized void close() {
        closed = true;
        queue.clear();
        PendingBytes.giveBack(bytes);
        bytes = 0;
    }
}
