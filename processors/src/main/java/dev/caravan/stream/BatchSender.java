package dev.caravan.stream;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Sends one direction of a session reliably: seals, keeps the ciphertext until it is acknowledged, sends the same ciphertext
 * again when it is lost, and never has more than the window on its way.
 *
 * <p>Threads: {@link #send}, {@link #sendMessage} and {@link #awaitAcknowledged} may be called by any thread and block;
 * batches leave in the order of the calls. {@link #acknowledge} never blocks and never sends. {@link #resendDue} is for
 * one timer thread. The transport is called by senders and by the timer, possibly at once: it must be thread-safe. What it
 * throws counts as loss. It must not change the array; it may keep it, and is given the same one when it is sent again.
 */
public final class BatchSender implements BatchSink, AutoCloseable {

    private final BatchSealer sealer;
    private final Consumer<byte[]> transport;
    private final BatchSettings settings;
    private final LongSupplier nanoTime;
    private final StreamDigest digest = new StreamDigest();
    private final ReentrantLock sending = new ReentrantLock(true);
    private final ReentrantLock state = new ReentrantLock();
    private final Condition changed = state.newCondition();
    private final SendWindow window;
    private boolean withheld;
    private long batches;
    private long plainBytes;
    private long wireBytes;
    private long resent;
    private long resentBytes;
    private IOException failure;
    private RuntimeException transportFailure;

    public BatchSender(BatchSealer sealer, Consumer<byte[]> transport, BatchSettings settings, LongSupplier nanoTime) {
        this.sealer = sealer;
        this.transport = transport;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.window = new SendWindow(settings.resendAfter().toNanos());
    }

    @Override
    public void send(BatchKind kind, int round, boolean more, byte[] plain, int offset, int length) throws IOException {
        sending.lock();
        try {
            leave(seal(kind, round, more, plain, offset, length), length);
        } finally {
            sending.unlock();
        }
    }

    /**
     * Sends a message of any length in as many batches as it takes; other senders wait until it is through.
     *
     * @see MessageJoiner
     */
    public void sendMessage(BatchKind kind, int round, byte[] message) throws IOException {
        withholdEnd(kind, round, message).send();
    }

    /**
     * Sends a message but for its last batch, which is sealed: what all that is sent amounts to can be known, and kept, before
     * the other side can have all of it. Nothing else may be sent before that batch has been.
     */
    public WithheldEnd withholdEnd(BatchKind kind, int round, byte[] message) throws IOException {
        sending.lock();
        try {
            int offset = 0;
            while (message.length - offset > BatchHeader.MAX_PLAIN) {
                send(kind, round, true, message, offset, BatchHeader.MAX_PLAIN);
                offset += BatchHeader.MAX_PLAIN;
            }
            int length = message.length - offset;
            SealedBatch last = seal(kind, round, false, message, offset, length);
            withheld = true;
            return new WithheldEnd(digest.value(), () -> release(last, length));
        } finally {
            sending.unlock();
        }
    }

    private void release(SealedBatch last, int length) {
        sending.lock();
        try {
            withheld = false;
            leave(last, length);
        } finally {
            sending.unlock();
        }
    }

    private SealedBatch seal(BatchKind kind, int round, boolean more, byte[] plain, int offset, int length)
            throws IOException {
        if (kind == BatchKind.ACK) {
            throw new IllegalArgumentException("acknowledgements are not part of the stream");
        }
        if (withheld) {
            throw new IllegalStateException("a batch of " + kind + " cannot overtake the one that is withheld");
        }
        awaitWindow(settings.windowBytes() - BatchHeader.wireBound(length));
        SealedBatch batch = sealer.seal(kind, round, more, plain, offset, length);
        digest.add(batch.wire());
        return batch;
    }

    private void leave(SealedBatch batch, int length) {
        state.lock();
        try {
            window.add(batch, nanoTime.getAsLong());
            batches++;
            plainBytes += length;
            wireBytes += batch.wire().length;
        } finally {
            state.unlock();
        }
        transmit(batch.wire());
    }

    /** Waits until everything sent so far has been acknowledged. */
    public void awaitAcknowledged() throws IOException {
        awaitWindow(0);
    }

    /**
     * Takes an authentic acknowledgement of the peer. Old ones do no harm.
     *
     * @param idle whether the peer has nothing to work on: it lives, but what it does not acknowledge has not arrived
     * @return false when it acknowledges what was never sent
     */
    public boolean acknowledge(Acknowledgement acknowledgement, boolean idle) {
        state.lock();
        try {
            boolean sane = window.acknowledge(acknowledgement, idle, nanoTime.getAsLong());
            changed.signalAll();
            return sane;
        } finally {
            state.unlock();
        }
    }

    /** Sends again what is lost, and gives up after too long a silence. To be called every few milliseconds. */
    public void resendDue() {
        List<SendWindow.InFlight> due;
        state.lock();
        try {
            long now = nanoTime.getAsLong();
            long silence = window.silence(now);
            if (failure == null && silence >= settings.patience().toNanos()) {
                SendWindow.InFlight oldest = window.oldest();
                fail(new TransferStalled(oldest.batch.number(), oldest.sends, Duration.ofNanos(silence),
                        transportFailure));
            }
            due = failure == null ? window.takeDue(now) : List.of();
            for (SendWindow.InFlight again : due) {
                resent++;
                resentBytes += again.batch.wire().length;
            }
        } finally {
            state.unlock();
        }
        due.forEach(again -> transmit(again.batch.wire()));
    }

    /** Ends the stream: whoever waits or sends gets this failure. The first one counts. */
    public void fail(IOException cause) {
        state.lock();
        try {
            if (failure == null) {
                failure = cause;
            }
            changed.signalAll();
        } finally {
            state.unlock();
        }
    }

    /** A transport that is down is a transport that loses: nothing ends, but the cause is kept for when patience does. */
    void transportFailed(RuntimeException cause) {
        state.lock();
        try {
            transportFailure = cause;
        } finally {
            state.unlock();
        }
    }

    /** Why the stream ended, or null. */
    public IOException failure() {
        state.lock();
        try {
            return failure;
        } finally {
            state.unlock();
        }
    }

    /** Digest of all that was sent so far; equals the receiver's once that has delivered the same batches. */
    public byte[] streamDigest() {
        return digest.value();
    }

    public SenderTotals totals() {
        state.lock();
        try {
            return new SenderTotals(batches, plainBytes, wireBytes, resent, resentBytes, window.bytes());
        } finally {
            state.unlock();
        }
    }

    /** Stops sending; does not wait for acknowledgements. */
    @Override
    public void close() {
        fail(new IOException("the batch stream is closed"));
    }

    private void awaitWindow(long atMost) throws IOException {
        state.lock();
        try {
            while (failure == null && window.bytes() > atMost) {
                changed.await();
            }
            if (failure != null) {
                throw new IOException(failure.getMessage(), failure);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for acknowledgements");
        } finally {
            state.unlock();
        }
    }

    private void transmit(byte[] wire) {
        try {
            transport.accept(wire);
        } catch (RuntimeException e) {
            transportFailed(e);
        }
    }
}
