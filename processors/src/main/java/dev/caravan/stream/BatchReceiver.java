package dev.caravan.stream;

import dev.caravan.stream.BatchRejected.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Receives one direction of a session: opens each batch, delivers each one once and in order, and says what has arrived.
 *
 * <p>What comes too early is opened to prove that it is authentic, then kept sealed until its turn: so a forger cannot
 * take the room of the real batches, and what is held is bounded by the sender's window however well its content is
 * compressed. What is forged, altered, repeated or misdirected changes nothing but a count.
 *
 * <p>Threads: {@link #accept} is for one thread at a time and calls the handler; {@link #acknowledgeDue} may be called by
 * a timer at any time, also while the handler runs; totals and digest by anyone. {@code acknowledge} is called by both.
 */
public final class BatchReceiver {

    /** Most sealed bytes that a receiver keeps, waiting or out of order. */
    public static final int PENDING_LIMIT = 40 << 20;

    private static final long HORIZON = 4096;
    private static final int ACKNOWLEDGE_BYTES = 4 << 20;
    private static final int ACKNOWLEDGE_BATCHES = 16;

    private final BatchOpener opener;
    private final BatchHandler handler;
    private final Consumer<Acknowledgement> acknowledge;
    private final Rejections rejections;
    private final StreamDigest digest = new StreamDigest();
    private final Object state = new Object();
    private final TreeMap<Long, byte[]> held = new TreeMap<>();
    private long heldBytes;
    private long next;
    private long delivered;
    private long plainBytes;
    private long duplicates;
    private long dropped;
    private int unacknowledgedBytes;
    private int unacknowledgedBatches;
    private boolean acknowledgementDue;
    private boolean closed;

    public BatchReceiver(BatchOpener opener, BatchHandler handler, Consumer<Acknowledgement> acknowledge) {
        this(opener, handler, acknowledge, new Rejections());
    }

    BatchReceiver(BatchOpener opener, BatchHandler handler, Consumer<Acknowledgement> acknowledge,
            Rejections rejections) {
        this.opener = opener;
        this.handler = handler;
        this.acknowledge = acknowledge;
        this.rejections = rejections;
    }

    /**
     * Takes what the transport brought.
     *
     * @throws IOException from the handler: the stream cannot go on
     */
    public void accept(byte[] wire) throws IOException {
        boolean urgent;
        try {
            long number = opener.readHeader(wire).number();
            if (number < 0) {
                throw new BatchRejected(Reason.MALFORMED, "acknowledgements are not part of the stream");
            }
            if (known(number)) {
                return;
            }
            urgent = number == next ? deliverFrom(wire) : hold(number, wire);
        } catch (BatchRejected e) {
            rejections.count(e);
            return;
        }
        if (urgent) {
            acknowledgeNow();
        }
    }

    /** Acknowledges what was delivered and not yet acknowledged. To be called every few milliseconds. */
    public void acknowledgeDue() {
        boolean due;
        synchronized (state) {
            due = acknowledgementDue;
        }
        if (due) {
            acknowledgeNow();
        }
    }

    /** Acknowledges whether due or not; also tells a waiting sender that this side lives. */
    public void acknowledgeNow() {
        Acknowledgement ack;
        synchronized (state) {
            acknowledgementDue = false;
            unacknowledgedBytes = 0;
            unacknowledgedBatches = 0;
            ack = Acknowledgement.of(next, new ArrayList<>(held.keySet()));
        }
        acknowledge.accept(ack);
    }

    /** Digest of all batches delivered so far, the one being handled included. */
    public byte[] streamDigest() {
        return digest.value();
    }

    /** Sealed bytes kept because an earlier batch is missing. */
    public long heldBytes() {
        synchronized (state) {
            return heldBytes;
        }
    }

    public ReceiverTotals totals() {
        synchronized (state) {
            return new ReceiverTotals(delivered, plainBytes, duplicates, dropped, rejections.byReason());
        }
    }

    private boolean known(long number) {
        synchronized (state) {
            if (number >= next && !held.containsKey(number)) {
                return false;
            }
            duplicates++;
            acknowledgementDue = true;
            return true;
        }
    }

    private boolean hold(long number, byte[] wire) throws BatchRejected {
        if (number >= next + HORIZON) {
            throw new BatchRejected(Reason.NUMBER_OUT_OF_RANGE, "batch " + number + " is too far ahead of " + next);
        }
        boolean room;
        synchronized (state) {
            room = !closed && heldBytes + wire.length <= PENDING_LIMIT && PendingBytes.take(wire.length);
            dropped += room ? 0 : 1;
        }
        if (room) {
            keep(number, wire);
        }
        return room;
    }

    private void keep(long number, byte[] wire) throws BatchRejected {
        boolean kept = false;
        try {
            opener.open(wire);
            synchronized (state) {
                if (!closed) {
                    held.put(number, wire);
                    heldBytes += wire.length;
                    kept = true;
                }
            }
        } finally {
            if (!kept) {
                PendingBytes.giveBack(wire.length);
            }
        }
    }

    /** Lets go of what waits for an earlier batch, and keeps nothing more. */
    void close() {
        synchronized (state) {
            closed = true;
            PendingBytes.giveBack(heldBytes);
            held.clear();
            heldBytes = 0;
        }
    }

    /** Delivers this batch and those that waited for it; returns whether the sender should hear of it at once. */
    private boolean deliverFrom(byte[] first) throws BatchRejected, IOException {
        boolean urgent = false;
        for (byte[] wire = first; wire != null;) {
            Batch batch = opener.open(wire);
            digest.add(wire);
            handler.handle(batch);
            urgent |= batch.header().kind() != BatchKind.IMAGE && !batch.header().more();
            synchronized (state) {
                delivered++;
                plainBytes += batch.length();
                acknowledgementDue = true;
                unacknowledgedBytes += wire.length;
                unacknowledgedBatches++;
                urgent |= unacknowledgedBytes >= ACKNOWLEDGE_BYTES || unacknowledgedBatches >= ACKNOWLEDGE_BATCHES;
                // in one step, so that no acknowledgement names a batch as both next and held
                wire = held.remove(++next);
                if (wire != null) {
                    heldBytes -= wire.length;
                    PendingBytes.giveBack(wire.length);
                }
            }
        }
        return urgent;
    }
}
