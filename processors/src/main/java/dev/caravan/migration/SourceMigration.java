package dev.caravan.migration;

import dev.caravan.attestation.Verdict;
import dev.caravan.bundle.Bundle;
import dev.caravan.event.MigrationReport.Side;
import dev.caravan.handover.HeldExpectation;
import dev.caravan.journal.Role;
import dev.caravan.request.MigrationRequest;
import dev.caravan.rootfs.ChunkDigest;
import dev.caravan.rootfs.RootfsScan;
import dev.caravan.stream.WithheldEnd;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The source's side of a migration. Fields are set by the stage that learns them and read by later ones. */
public final class SourceMigration extends Migration {
    private final MigrationRequest request;
    private final CompletableFuture<byte[]> want = new CompletableFuture<>();
    private volatile Verdict destinationVerdict;
    private volatile Side sourceSide = Side.NONE;
    private volatile byte[] destinationEvidence;
    private volatile HeldExpectation expectation;
    private volatile boolean copyLost;
    private volatile Bundle bundle;
    private volatile Path bundleDirectory;
    private volatile RootfsScan scan;
    private volatile Set<ChunkDigest> unread = Set.of();
    private volatile WithheldEnd end;
    private volatile long pausedNanos;
    private volatile Long downtimeMillis;

    public SourceMigration(MigrationRequest request) {
        super(request.id(), Role.SOURCE, request.container(), request.source(), request.destination());
        this.request = request;
        mode(Mode.ofLabel(request.mode()));
    }

    public MigrationRequest request() {
        return request;
    }

    /** What was found of the destination; null before it was appraised. */
    public Verdict destinationVerdict() {
        return destinationVerdict;
    }

    public void destinationVerdict(Verdict verdict) {
        destinationVerdict = verdict;
    }

    /** The evidence that the destination was appraised by; null before, and after a restart. */
    public byte[] destinationEvidence() {
        return destinationEvidence;
    }

    public void destinationEvidence(byte[] shown) {
        destinationEvidence = shown;
    }

    /** What the destination must show once it holds the container; null before everything was sent. */
    public HeldExpectation expectation() {
        return expectation;
    }

    public void expectation(HeldExpectation expected) {
        expectation = expected;
    }

    /** After a restart: the container does not live here any more, and the destination is to show this. */
    public void copyLost(HeldExpectation expected) {
        expectation = expected;
        copyLost = true;
    }

    /** Whether the destination may hold the only copy that is left: then nothing may be undone. */
    public boolean isCopyLost() {
        return copyLost;
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

    /** Chunks of the first scan that were gone when they were to be read, and so were not sent. */
    public Set<ChunkDigest> unread() {
        return unread;
    }

    public void unread(Set<ChunkDigest> chunks) {
        unread = Set.copyOf(chunks);
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

    /** The end of the stream, before it is sent; null before it was reached. */
    public WithheldEnd end() {
        return end;
    }

    public void end(WithheldEnd withheld) {
        end = withheld;
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
        super.interrupt();
    }
}
