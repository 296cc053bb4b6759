package dev.caravan.migration;

import dev.caravan.attestation.Verdict;
import dev.caravan.batch.BatchChannel;
import dev.caravan.bundle.Bundle;
import dev.caravan.event.MigrationReport.Side;
import dev.caravan.journal.Role;
import dev.caravan.network.ContainerPort;
import dev.caravan.request.MigrationRequest;
import dev.caravan.rootfs.RootfsScan;
import dev.caravan.session.Handshake;
import dev.caravan.session.Session;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.concurrent.CompletableFuture;

/** The source's side of a migration. Fields are set by the stage that learns them and read by later ones. */
public final class SourceMigration extends Migration {
    private final MigrationRequest request;
    private final CompletableFuture<byte[]> want = new CompletableFuture<>();
    private volatile Handshake handshake;
    private volatile Session session;
    private volatile BatchChannel channel;
    private volatile PublicKey peerKey;
    private volatile Verdict destinationVerdict;
    private volatile Side sourceSide = Side.NONE;
    private volatile Bundle bundle;
    private volatile Path bundleDirectory;
    private volatile ContainerPort port;
    private volatile RootfsScan scan;
    private volatile long pausedNanos;
    private volatile Long downtimeMillis;

    public SourceMigration(MigrationRequest request) {
        super(request.id(), Role.SOURCE, request.container(), request.source(), request.destination());
        this.request = request;
    }

    public MigrationRequest request() {
        return request;
    }

    public Handshake handshake() {
        return handshake;
    }

    public void handshake(Handshake begun) {
        handshake = begun;
    }

    public Session session() {
        return session;
    }

    public void session(Session established) {
        session = established;
    }

    public BatchChannel channel() {
        return channel;
    }

    public void channel(BatchChannel opened) {
        channel = opened;
    }

    /** The key that the destination's control messages are signed with; null until it has been certified. */
    public PublicKey peerKey() {
        return peerKey;
    }

    public void peerKey(PublicKey certified) {
        peerKey = certified;
    }

    /** What was found of the destination; null before it was appraised. */
    public Verdict destinationVerdict() {
        return destinationVerdict;
    }

    public void destinationVerdict(Verdict verdict) {
        destinationVerdict = verdict;
    }

    /** What the destination says that it found of this platform. */
    public Side sourceSide() {
        return sourceSide;
    }

    public void sourceSide(Side told) {
        sourceSide = told;
    }

    public Bundle bundle() {
        return bundle;
    }

    public Path bundleDirectory() {
        return bundleDirectory;
    }

    public void bundle(Path directory, Bundle read) {
        bundleDirectory = directory;
        bundle = read;
    }

    /** The container's place in this host's network, or null if it has no network that moves. */
    public ContainerPort port() {
        return port;
    }

    public void port(ContainerPort found) {
        port = found;
    }

    /** Where the destination's list of missing chunks arrives. */
    public CompletableFuture<byte[]> want() {
        return want;
    }

    /** The root file system as it was last scanned. */
    public RootfsScan scan() {
        return scan;
    }

    public void scan(RootfsScan scanned) {
        scan = scanned;
    }

    /** The container is about to be frozen. */
    public void paused() {
        pausedNanos = System.nanoTime();
    }

    /** The container runs again, here or there. */
    public void resumed() {
        if (pausedNanos != 0 && downtimeMillis == null) {
            downtimeMillis = (System.nanoTime() - pausedNanos) / 1_000_000;
        }
    }

    /** How long the container stood still, in milliseconds; null if it never did. */
    public Long downtimeMillis() {
        return downtimeMillis;
    }

    @Override
    protected void interrupt() {
        want.cancel(false);
        BatchChannel opened = channel;
        if (opened != null) {
            opened.close();
        }
    }

    @Override
    public void close() {
        interrupt();
        if (handshake != null) {
            handshake.close();
        }
        if (session != null) {
            session.close();
        }
    }
}
