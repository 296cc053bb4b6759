package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Both sides of a transfer with bytes between them, as the package's documentation describes it. */
final class Transfer {
    static final Runnable WANTED = () -> {
    };

    private final Path source;
    private final Path destination;
    private final ChunkStore.SourceChunks store;
    private final RootfsBuilder builder = new RootfsBuilder();
    private RootfsManifest received = RootfsManifest.EMPTY;
    private RootfsManifest present;
    private long chunkBytes;

    Transfer(Path source, Path destination, ChunkStore.SourceChunks store) {
        this.source = source;
        this.destination = destination;
        this.store = store;
    }

    /** The round while the container runs. */
    void prepare(RootfsManifest scanned) throws IOException {
        received = RootfsManifest.of(ManifestCodec.decode(ManifestCodec.encode(scanned), received).entries());
        fetch(received.digests(), scanned);
        present = builder.prepare(received, store, destination, WANTED);
    }

    /** The round while it is frozen. */
    void complete(RootfsManifest before, RootfsManifest now) throws IOException {
        RootfsManifest next = ManifestCodec.decode(ManifestCodec.encode(ManifestDelta.between(before, now)), received);
        fetch(RootfsPlan.between(present, next).needed(), now);
        builder.sync(destination, builder.apply(present, next, store, destination, WANTED));
        present = next;
        received = next;
    }

    private void fetch(Set<ChunkDigest> digests, RootfsManifest scanned) throws IOException {
        Set<ChunkDigest> wanted = store.missing(digests);
        Set<ChunkDigest> asked = WantCodec.decode(WantCodec.encode(wanted));
        new ChunkReader(source, scanned).read(asked, chunks -> {
            byte[] message = chunks.encode();
            chunkBytes += message.length;
            store.receive(ChunkMessage.decode(message), wanted);
        });
    }

    /** Bytes of CHUNKS messages so far. */
    long chunkBytes() {
        return chunkBytes;
    }

    RootfsManifest present() {
        return present;
    }
}
