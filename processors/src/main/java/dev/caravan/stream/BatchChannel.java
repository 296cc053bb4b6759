package dev.caravan.stream;

import dev.caravan.session.Session;
import dev.caravan.session.SessionKey;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * One side of the reliable, encrypted stream of a session, both directions: what an agent opens once a session is
 * confirmed.
 *
 * <p>Threads. The transport calls {@link #accept} from its own thread: it takes acknowledgements at once and queues all
 * else, never blocks, never sends. Its {@link BatchThreads} do the rest: the delivery thread opens batches, calls the
 * handler and acknowledges; the handler may itself {@link #send}. The timer resends, acknowledges late and says that this
 * side lives. The outgoing transport has a thread to itself: it need not be thread-safe, it may hang, which nobody waits
 * for, and it may throw, which counts as loss.
 *
 * <p>Signs of life are acknowledgements: sealed, so that nobody forges them, and counted, so that nobody repeats them. They
 * come from the timer, every half second while this side works on what came and every two seconds while it does not,
 * whatever its handler, its TPM or the transport hangs in.
 *
 * <p>Memory: at most the window plus {@link BatchReceiver#PENDING_LIMIT}, together below 64 MiB.
 */
public final class BatchChannel implements BatchSink, AutoCloseable {

    private static final long TICK_MILLIS = 20;
    private static final int TICKS_A_BUSY_LIFE_SIGN = 25;
    private static final int TICKS_AN_IDLE_LIFE_SIGN = 100;

    private final BatchSealer sealer;
    private final BatchOpener acknowledgements;
    private final BatchOpener opener;
    private final BatchSender sender;
    private final BatchReceiver receiver;
    private final Outgoing outgoing;
    private final Rejections rejections = new Rejections();
    private final Inbox inbox = new Inbox();
    private final AtomicLong nextAcknowledgement = new AtomicLong(BatchHeader.ACK_BIT);
    private final BatchThreads threads;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile long heardNanos;
    private int ticks;

    /**
     * Opens the channel. Takes both keys of the session, which must be confirmed.
     *
     * @param session   closed by its owner, after this channel
     * @param transport takes sealed batches to the peer's {@link #accept}
     * @param handler   takes what the peer sent
     * @param settings  window and patience
     * @param threads   of this channel alone; they end with it
     */
    public BatchChannel(Session session, Consumer<byte[]> transport, BatchHandler handler, BatchSettings settings,
            BatchThreads threads) {
        UUID migrationId = session.migrationId();
        this.threads = threads;
        this.heardNanos = threads.nanoTime().getAsLong();
        SessionKey receiving = session.takeReceivingKey();
        Direction outwards = Direction.from(session.role());
        Direction inwards = Direction.from(session.role().peer());
        this.sealer = new BatchSealer(session.takeSendingKey(), migrationId, outwards);
        this.opener = new BatchOpener(receiving, migrationId, inwards);
        this.acknowledgements = new BatchOpener(receiving, migrationId, inwards);
        this.outgoing = new Outgoing(threads.transport(), transport, this::transportFailed);
        this.sender = new BatchSender(sealer, outgoing::batch, settings, threads.nanoTime());
        this.receiver = new BatchReceiver(opener, batch -> {
            heardNanos = threads.nanoTime().getAsLong();
            handler.handle(batch);
        }, this::acknowledge, rejections);
        threads.timer().scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Opens the channel with threads of its own, named for the session. */
    public BatchChannel(Session session, Consumer<byte[]> transport, BatchHandler handler, BatchSettings settings) {
        this(session, transport, handler, settings, BatchThreads.named(
                "batches-" + session.role().label() + "-" + session.migrationId()));
    }

    /** Takes what the transport brought from the peer, or from whoever else can write to the queue. Never blocks. */
    public void accept(byte[] wire) {
        try {
            if (BatchHeader.read(wire).kind() == BatchKind.ACK) {
                takeAcknowledgement(wire);
            } else if (inbox.offer(wire, receiver.heldBytes(), BatchReceiver.PENDING_LIMIT)) {
                threads.delivery().execute(this::deliver);
            }
        } catch (RejectedExecutionException e) {
            inbox.close(); // it has just ended
        } catch (BatchRejected e) {
            rejections.count(e);
        }
    }

    @Override
    public void send(BatchKind kind, int round, boolean more, byte[] plain, int offset, int length) throws IOException {
        sender.send(kind, round, more, plain, offset, length);
    }

    /** Sends a message of any length; the peer joins it with a {@link MessageJoiner}. Blocks while the window is full. */
    public void sendMessage(BatchKind kind, int round, byte[] message) throws IOException {
        sender.sendMessage(kind, round, message);
    }

    /**
     * Sends a message but for its end: what all that is sent amounts to can be kept before the peer can have all of it. Nothing
     * else is sent before that end.
     */
    public WithheldEnd withholdEnd(BatchKind kind, int round, byte[] message) throws IOException {
        return sender.withholdEnd(kind, round, message);
    }

    /** Waits until the peer's handler has taken everything sent so far. Not to be called by the handler. */
    public void awaitAcknowledged() throws IOException {
        sender.awaitAcknowledged();
    }

    /** Digest of all that this side sent. */
    public byte[] sentDigest() {
        return sender.streamDigest();
    }

    /** Digest of all that this side's handler was given, the batch that it is handling included. */
    public byte[] receivedDigest() {
        return receiver.streamDigest();
    }

    public SenderTotals sent() {
        return sender.totals();
    }

    public ReceiverTotals received() {
        ReceiverTotals totals = receiver.totals();
        return new ReceiverTotals(totals.delivered(), totals.plainBytes(), totals.duplicates(),
                totals.dropped() + inbox.dropped(), totals.rejected());
    }

    /** Sealed bytes that this side keeps now, in either direction. */
    public long pendingBytes() {
        return sender.totals().inFlightBytes() + inbox.bytes() + receiver.heldBytes();
    }

    /**
     * When this side last heard of the peer: that it lives, in nanoseconds by the clock of its threads. Whatever a stranger or the broker
     * sends or repeats does not count.
     */
    public long heardNanos() {
        return heardNanos;
    }

    /** Completes when the channel is closed; exceptionally when the handler failed or the peer fell silent. */
    public CompletionStage<Void> ended() {
        return ended.minimalCompletionStage();
    }

    /** Stops at once; what is unacknowledged stays so. Idempotent; may be called by the handler. */
    @Override
    public void close() {
        end(null);
    }

    private void takeAcknowledgement(byte[] wire) throws BatchRejected {
        boolean sane;
        synchronized (acknowledgements) {
            Batch batch = acknowledgements.open(wire);
            long number = batch.header().number();
            if (number < nextAcknowledgement.get()) {
                return; // repeated or overtaken: a later one has told more
            }
            nextAcknowledgement.set(number + 1);
            heardNanos = threads.nanoTime().getAsLong();
            Acknowledgement ack = Acknowledgement.decode(batch);
            sane = sender.acknowledge(ack, batch.header().more());
            outgoing.arrived(sane ? ack.next() : 0);
        }
        if (!sane) {
            throw new BatchRejected(BatchRejected.Reason.BAD_CONTENT, "acknowledgement of what was never sent");
        }
    }

    private void acknowledge(Acknowledgement ack) {
        byte[] content = ack.encode();
        try {
            outgoing.acknowledgement(
                    sealer.seal(BatchKind.ACK, 0, !inbox.busy(), content, 0, content.length).wire());
        } catch (IOException e) {
            end(e);
        }
    }

    private void transportFailed(RuntimeException cause) {
        sender.transportFailed(cause);
    }

    private void deliver() {
        byte[] wire = inbox.poll();
        if (wire == null) {
            return; // closed since
        }
        try {
            receiver.accept(wire);
        } catch (IOException | RuntimeException e) {
            end(e);
        } finally {
            inbox.done();
        }
    }

    private void tick() {
        try {
            sender.resendDue();
            receiver.acknowledgeDue();
            if (++ticks % (inbox.busy() ? TICKS_A_BUSY_LIFE_SIGN : TICKS_AN_IDLE_LIFE_SIGN) == 0) {
                receiver.acknowledgeNow();
            }
        } catch (RuntimeException e) {
            end(e);
        }
        if (sender.failure() != null) {
            end(sender.failure());
        }
    }

    private void end(Exception cause) {
        boolean first;
        if (cause == null) {
            sender.close();
            first = ended.complete(null);
        } else {
            // before the sender knows: the timer ends the channel too once it has failed, and for a lesser cause
            first = ended.completeExceptionally(cause);
            sender.fail(cause instanceof IOException io ? io : new IOException("the batch stream failed", cause));
        }
        threads.timer().shutdown();
        outgoing.close();
        threads.transport().shutdown();
        inbox.close();
        receiver.close();
        sealer.close();
        synchronized (acknowledgements) {
            acknowledgements.close();
        }
        if (first) {
            // a batch that is being delivered still needs it
            threads.delivery().execute(opener::close);
            threads.delivery().shutdown();
        }
    }
}
