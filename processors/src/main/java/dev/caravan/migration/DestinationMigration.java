package dev.caravan.migration;

import dev.caravan.attestation.Verdict;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.criu.HeldRestore;
import dev.caravan.event.MigrationReport.Side;
import dev.caravan.journal.Role;
import dev.caravan.memory.ImageReceiver;
import dev.caravan.rootfs.ChunkStore;
import dev.caravan.rootfs.RootfsManifest;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** The destination's side of a migration. Fields are set by the stage that learns them and read by later ones. */
public final class DestinationMigration extends Migration {
    private final CompletableFuture<Void> filesOnDisk = new CompletableFuture<>();
    private volatile byte[] evidence;
    private volatile Verdict sourceVerdict;
    private volatile Side destinationSide = Side.NONE;
    private volatile ContainerDescription description;
    private volatile RootfsManifest manifest;
    private volatile ImageReceiver images;
    private volatile Closeable receiving;
    private volatile HeldRestore held;
    private volatile Held heldReport;
    private volatile ChunkStore.Lease chunks;

    public DestinationMigration(UUID id, String container, String source, String destination) {
        super(id, Role.DESTINATION, container, source, destination);
    }

    /** The evidence that this platform showed, as it was sent. */
    public byte[] evidence() {
        return evidence;
    }

    public void evidence(byte[] shown) {
        evidence = shown;
    }

    /** What shows the source that the container is held; null before. */
    public Held heldReport() {
        return heldReport;
    }

    public void heldReport(Held report) {
        heldReport = report;
    }

    public Verdict sourceVerdict() {
        return sourceVerdict;
    }

    public void sourceVerdict(Verdict verdict) {
        sourceVerdict = verdict;
    }

    /** What the source says that it found of this platform. */
    public Side destinationSide() {
        return destinationSide;
    }

    public void destinationSide(Side told) {
        destinationSide = told;
    }

    public ContainerDescription description() {
        return description;
    }

    public void description(ContainerDescription received) {
        description = received;
    }

    /** The manifest of the root file system that is being received; null before the first came. */
    public RootfsManifest manifest() {
        return manifest;
    }

    public void manifest(RootfsManifest received) {
        manifest = received;
    }

    /** Keeps the manifest's chunks in the store until the next manifest comes or the migration ends. */
    public void chunks(ChunkStore.Lease lease) {
        ChunkStore.Lease before = chunks;
        chunks = lease;
        if (before != null) {
            before.close();
        }
    }

    /** Complete once the container's files, as they were when it was frozen, would survive a loss of power here. */
    public CompletableFuture<Void> filesOnDisk() {
        return filesOnDisk;
    }

    public ImageReceiver images() {
        return images;
    }

    public void images(ImageReceiver receiver) {
        images = receiver;
    }

    /** What takes the source's stream and must have stopped before anything that it wrote is removed. */
    public void receiving(Closeable stream) {
        receiving = stream;
    }

    /** Waits until nothing of the source's stream is being written here and nothing will be; the channel is closed. */
    public void stopReceiving() throws IOException {
        interrupt();
        if (receiving != null) {
            receiving.close();
        }
    }

    /** The restored container at its gate; null before. */
    public HeldRestore held() {
        return held;
    }

    public void held(HeldRestore restored) {
        held = restored;
    }

    @Override
    public void close() {
        try {
            stopReceiving();
            if (images != null) {
                images.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close image files", e);
        } finally {
            super.close();
            chunks(null);
        }
    }
}
