package dev.caravan.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** One way of a transport with a thread of its own, that loses, repeats and reorders by a seeded dice. */
final class UnreliableLink implements AutoCloseable {

    private final int loss;
    private final int duplication;
    private final int reordering;
    private final Random random;
    private final List<byte[]> queue = new ArrayList<>();
    private Consumer<byte[]> target;
    private long pending;
    private long mostPending;
    private boolean closed;

    /** Chances in percent. */
    UnreliableLink(int loss, int duplication, int reordering, long seed) {
        this.loss = loss;
        this.duplication = duplication;
        this.reordering = reordering;
        this.random = new Random(seed);
    }

    void connect(Consumer<byte[]> receiver) {
        target = receiver;
        Thread thread = new Thread(this::carry, "unreliable-link");
        thread.setDaemon(true);
        thread.start();
    }

    synchronized void send(byte[] wire) {
        int copies = random.nextInt(100) < loss ? 0 : random.nextInt(100) < duplication ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            boolean overtakes = random.nextInt(100) < reordering;
            queue.add(overtakes ? random.nextInt(queue.size() + 1) : queue.size(), wire);
            pending += wire.length;
        }
        mostPending = Math.max(mostPending, pending);
        notifyAll();
    }

    /** Most bytes that lay in this link at once: what a broker would have had to keep. */
    synchronized long mostPending() {
        return mostPending;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    private void carry() {
        for (byte[] wire = next(); wire != null; wire = next()) {
            target.accept(wire);
        }
    }

    private synchronized byte[] next() {
        try {
            while (queue.isEmpty() && !closed) {
                wait();
            }
        } catch (InterruptedException e) {
            return null;
        }
        if (closed) {
            return null;
        }
        byte[] wire = queue.remove(0);
        pending -= wire.length;
        return wire;
    }
}
