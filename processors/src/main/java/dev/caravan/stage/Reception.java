package dev.caravan.stage;

import dev.caravan.migration.ContainerDescription;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.SharedBudget;
import dev.caravan.rootfs.ChunkDigest;
import dev.caravan.rootfs.ChunkMessage;
import dev.caravan.rootfs.ChunkStore;
import dev.caravan.rootfs.ManifestCodec;
import dev.caravan.rootfs.RootfsBuilder;
import dev.caravan.rootfs.RootfsManifest;
import dev.caravan.rootfs.RootfsPlan;
import dev.caravan.rootfs.WantCodec;
import dev.caravan.stream.Batch;
import dev.caravan.stream.BatchKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** What the destination makes of each message of a migration's stream, which come in the stream's order. */
final class Reception implements ReceivingStream.Receiver {
    private final Platform platform;
    private final RootfsBuilder builder;
    private final DestinationMigration migration;
    private final DestinationStages.Arrivals arrivals;
    private final ChunkStore.SourceChunks chunks;
    private final SharedBudget budget;
    private final SharedBudget.Share share;
    private RootfsManifest present = RootfsManifest.EMPTY;
    private Set<ChunkDigest> wanted = Set.of();

    Reception(Platform platform, ChunkStore chunks, RootfsBuilder builder, DestinationMigration migration,
            DestinationStages.Arrivals arrivals, SharedBudget budget) {
        this.platform = platform;
        this.builder = builder;
        this.migration = migration;
        this.arrivals = arrivals;
        this.budget = budget;
        this.share = budget.share();
        this.chunks = chunks.of(migration.peerKey());
    }

    @Override
    public void keep(long bytes) {
        // a buffer that grows is twice as large as what is in it
        share.take(weight() + 2 * bytes, "what " + migration.source() + " sends for " + migration.container());
    }

    private long weight() {
        return migration.manifest() == null ? 0 : migration.manifest().weight();
    }

    @Override
    public void describe(byte[] description) throws IOException {
        migration.requireWanted();
        migration.description(ContainerDescription.parse(description));
        arrivals.described(migration);
    }

    @Override
    public void offer(byte[] manifest) throws IOException {
        migration.requireWanted();
        if (migration.images() == null) {
            throw new IOException("files came before there was room for them");
        }
        take(manifest, RootfsManifest.EMPTY);
        RootfsBuilder.requireRoom(migration.manifest(), platform.containers());
        migration.channel().sendMessage(BatchKind.WANT, 0, WantCodec.encode(wanted));
    }

    @Override
    public void revise(byte[] delta) throws IOException {
        migration.requireWanted();
        take(delta, migration.manifest());
    }

    private void take(byte[] encoded, RootfsManifest before) throws IOException {
        RootfsManifest manifest;
        // one at a time: while it is read it may take as much as it may weigh
        synchronized (budget) {
            manifest = ManifestCodec.decode(encoded, before);
            share.take(before.weight() + manifest.weight(), "the root file system of " + migration.container());
        }
        migration.manifest(manifest);
        migration.chunks(chunks.lease(manifest.digests()));
        wanted = chunks.missing(manifest.digests());
    }

    @Override
    public void chunks(ChunkMessage message) throws IOException {
        migration.requireWanted();
        chunks.receive(message, wanted);
        migration.progress().done(message.chunks().stream().mapToLong(chunk -> chunk.length).sum());
    }

    @Override
    public void build() throws IOException {
        present = builder.prepare(migration.manifest(), chunks, rootfs(), migration::requireWanted);
        arrivals.synced(migration);
    }

    @Override
    public void freeze() throws IOException {
        migration.requireWanted();
        arrivals.transferring(migration);
    }

    @Override
    public void images(Batch batch) throws IOException {
        migration.requireWanted();
        migration.images().handle(batch);
    }

    @Override
    public void complete() throws IOException {
        RootfsPlan changed = builder.apply(present, migration.manifest(), chunks, rootfs(), migration::requireWanted);
        arrivals.complete(migration);
        // while the memory is restored: the container is not called held before
        try {
            builder.sync(rootfs(), changed);
            migration.filesOnDisk().complete(null);
        } catch (IOException | RuntimeException e) {
            migration.filesOnDisk().completeExceptionally(e);
        }
    }

    @Override
    public void close() {
        share.close();
    }

    private Path rootfs() {
        return platform.bundle(migration.container()).resolve("rootfs");
    }
}
