package dev.caravan.migration;

import dev.caravan.event.MigrationReport.StageTime;
import dev.caravan.control.ControlType;
import dev.caravan.event.MigrationReport;
import dev.caravan.event.Outcome;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.network.ContainerPort;
import dev.caravan.session.Handshake;
import dev.caravan.session.ProtocolVersion;
import dev.caravan.session.Session;
import dev.caravan.stream.BatchChannel;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;

/**
 * One side's running migration. What is done for it is done by one thread at a time; {@link #abort} may be called from any
 * and makes what is done now fail at its next step. Everything that must outlive the agent is in the journal.
 */
public abstract class Migration {
    /** How long a side waits for a sign of life of the other, and for a broker or a TPM that is away. */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private final UUID id;
    private final Role role;
    private final String container;
    private final String source;
    private final String destination;
    private final Instant startedAt = Instant.now();
    private final long startedNanos = System.nanoTime();
    private final Progress progress = new Progress();
    private final List<StageTime> stages = new ArrayList<>();
    private Stage stage = Stage.REQUESTED;
    private Instant stageStartedAt = startedAt;
    private long stageStartedNanos = startedNanos;
    private volatile Mode mode = Mode.STOPCOPY;
    private volatile Handshake handshake;
    private volatile ProtocolVersion protocol = ProtocolVersion.V1;
    private volatile Session session;
    private volatile BatchChannel channel;
    private volatile PublicKey peerKey;
    private volatile ContainerPort port;
    private final CompletableFuture<Void> ending = new CompletableFuture<>();
    private volatile MigrationFailed aborted;
    private volatile LongSupplier nanoTime = System::nanoTime;
    private volatile boolean peerExpected;
    private volatile long heardNanos;
    private volatile boolean abandoned;
    private volatile MigrationReport report;

    protected Migration(UUID id, Role role, String container, String source, String destination) {
        this.id = id;
        this.role = role;
        this.container = container;
        this.source = source;
        this.destination = destination;
    }

    public UUID id() {
        return id;
    }

    public Role role() {
        return role;
    }

    public String container() {
        return container;
    }

    public String source() {
        return source;
    }

    public String destination() {
        return destination;
    }

    /** The other platform's name. */
    public String peer() {
        return role == Role.SOURCE ? destination : source;
    }

    public Progress progress() {
        return progress;
    }

    /** How the memory moves, as the request says. */
    public Mode mode() {
        return mode;
    }

    public void mode(Mode requested) {
        mode = requested;
    }

    /** The handshake with the other side; null before it was begun. */
    public Handshake handshake() {
        return handshake;
    }

    public void handshake(Handshake begun) {
        handshake = begun;
    }

    /** The version of the protocol between the two agents; the first, which all speak, until they have agreed. */
    public ProtocolVersion protocol() {
        return protocol;
    }

    public void protocol(ProtocolVersion agreed) {
        protocol = agreed;
    }

    /** Whether the other agent understands a message of that type from this side: what it does not know is never sent. */
    public boolean peerKnows(ControlType type) {
        return protocol.includes(type.since(role));
    }

    /** The session; null before both sides have been appraised. */
    public Session session() {
        return session;
    }

    public void session(Session established) {
        session = established;
    }

    /** The encrypted stream; null before it was opened. */
    public BatchChannel channel() {
        return channel;
    }

    public void channel(BatchChannel opened) {
        channel = opened;
    }

    /** The key that the other side's control messages are signed with; null until it has been certified. */
    public PublicKey peerKey() {
        return peerKey;
    }

    public void peerKey(PublicKey certified) {
        peerKey = certified;
    }

    /** The container's place in this host's network, or null if it has no network that moves. */
    public ContainerPort port() {
        return port;
    }

    public void port(ContainerPort found) {
        port = found;
    }

    public synchronized Stage stage() {
        return stage;
    }

    /** Notes that {@code next} was entered; whoever calls has journalled it. */
    public synchronized void entered(Stage next) {
        long now = System.nanoTime();
        stages.add(new StageTime(stage.label(), stageStartedAt, (now - stageStartedNanos) / 1_000_000));
        stage = next;
        stageStartedAt = Instant.now();
        stageStartedNanos = now;
    }

    /** The stages so far, with the time of the last, which may still run, until now. */
    public synchronized List<StageTime> stages() {
        List<StageTime> all = new ArrayList<>(stages);
        all.add(new StageTime(stage.label(), stageStartedAt, (System.nanoTime() - stageStartedNanos) / 1_000_000));
        return all;
    }

    public long totalMillis() {
        return (System.nanoTime() - startedNanos) / 1_000_000;
    }

    /** Asks the migration to end; has no effect once the commit is decided. The first call's reason stays. */
    public void abort(MigrationFailed why) {
        synchronized (this) {
            if (aborted == null) {
                aborted = why;
            }
        }
        ending.complete(null);
        interrupt();
    }

    /** Wakes a stage that waits for the other side. */
    protected void interrupt() {
        BatchChannel opened = channel;
        if (opened != null) {
            opened.close();
        }
    }

    /** Whether it has been undone although the journal could not be written: then all that is left is to end it. */
    public boolean isAbandoned() {
        return abandoned;
    }

    public void abandon() {
        abandoned = true;
    }

    /** Erases keys and frees what the migration holds in memory; called once, at its end. */
    public void close() {
        interrupt();
        if (handshake != null) {
            handshake.close();
        }
        if (session != null) {
            session.close();
        }
    }

    /** Why the migration is to end, or null. */
    public MigrationFailed aborted() {
        return aborted;
    }

    /** Throws if the migration is to end. */
    public void requireWanted() {
        MigrationFailed why = aborted;
        if (why != null) {
            throw why;
        }
    }

    /** What measures the other side's silence. */
    void nanoTime(LongSupplier clock) {
        nanoTime = clock;
    }

    /**
     * Waits for what another thread does; while the migration may still be ended no longer than it is wanted, whatever that
     * thread hangs in.
     *
     * @throws ExecutionException with what that thread failed of
     */
    public void await(CompletableFuture<?> work) throws InterruptedException, ExecutionException {
        if (stage().isBeforeCommit()) {
            CompletableFuture.anyOf(work, ending).get();
            if (!work.isDone()) {
                requireWanted();
            }
        } else {
            work.get();
        }
    }

    /** From now on the other side's silence counts. */
    public void expectPeer() {
        heard();
        peerExpected = true;
    }

    /** A message that was due came from the other side, or it was given something to do, just now. */
    public void heard() {
        heardNanos = nanoTime.getAsLong();
    }

    /** Nobody is waited for: silence does not count. */
    public void expectNothing() {
        peerExpected = false;
    }

    /**
     * How long nothing has been heard of the other side, neither a message that was due nor a sign of life on the encrypted
     * stream; zero where nobody is waited for. How long the other side takes for its work does not matter.
     */
    public Duration silence() {
        if (!peerExpected) {
            return Duration.ZERO;
        }
        long now = nanoTime.getAsLong();
        BatchChannel opened = channel;
        long heard = now - heardNanos;
        return Duration.ofNanos(opened == null ? heard : Math.min(heard, now - opened.heardNanos()));
    }

    /** The report, once the migration has ended; else null. */
    public MigrationReport report() {
        return report;
    }

    public void report(MigrationReport ended) {
        report = ended;
    }

    /** The outcome, once the migration has ended; else null. */
    public Outcome outcome() {
        MigrationReport ended = report;
        return ended == null ? null : ended.outcome();
    }
}
