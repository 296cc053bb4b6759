package dev.caravan.stage;

import dev.caravan.batch.Batch;
import dev.caravan.batch.BatchKind;
import dev.caravan.migration.ContainerDescription;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.rootfs.ChunkDigest;
import dev.caravan.rootfs.ChunkMessage;
import dev.caravan.rootfs.ManifestCodec;
import dev.caravan.rootfs.RootfsBuilder;
import dev.caravan.rootfs.RootfsManifest;
import dev.caravan.rootfs.WantCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** What the destination makes of each message of a migration's stream, which come in the stream's order. */
final class Reception implements ReceivingStream.Receiver {
    private static final Duration NEXT_MESSAGE = Duration.ofSeconds(60);

    private final Platform platform;
    private final RootfsBuilder builder;
    private final DestinationMigration migration;
    private final DestinationStages.Arrivals arrivals;
    private RootfsManifest present = RootfsManifest.EMPTY;
    private Set<ChunkDigest> wanted = Set.of();

    Reception(Platform platform, RootfsBuilder builder, DestinationMigration migration,
            DestinationStages.Arrivals arrivals) {
        this.platform = platform;
        this.builder = builder;
        this.migration = migration;
        this.arrivals = arrivals;
    }

    @Override
    public void describe(byte[] description) throws IOException {
        requireWanted();
        migration.description(ContainerDescription.parse(description));
        arrivals.described(migration);
    }

    @Override
    public void offer(byte[] manifest) throws IOException {
        requireWanted();
        if (migration.images() == null) {
            throw new IOException("files came before there was room for them");
        }
        take(ManifestCodec.decode(manifest, RootfsManifest.EMPTY));
        RootfsBuilder.requireRoom(migration.manifest(), platform.containers());
        migration.channel().sendMessage(BatchKind.WANT, 0, WantCodec.encode(wanted));
    }

    @Override
    public void revise(byte[] delta) throws IOException {
        requireWanted();
        take(ManifestCodec.decode(delta, migration.manifest()));
    }

    private void take(RootfsManifest manifest) throws IOException {
        migration.manifest(manifest);
        migration.chunks(platform.chunks().lease(manifest.digests()));
        wanted = platform.chunks().missing(manifest.digests());
    }

    @Override
    public void chunks(ChunkMessage message) throws IOException {
        requireWanted();
        platform.chunks().receive(message, wanted);
        migration.progress().done(message.chunks().stream().mapToLong(chunk -> chunk.length).sum());
    }

    @Override
    public void build() throws IOException {
        present = builder.prepare(migration.manifest(), platform.chunks(), rootfs(), migration::requireWanted);
        arrivals.synced(migration);
    }

    @Override
    public void freeze() throws IOException {
        requireWanted();
        arrivals.transferring(migration);
    }

    @Override
    public void images(Batch batch) throws IOException {
        requireWanted();
        migration.images().handle(batch);
    }

    @Override
    public void complete() throws IOException {
        builder.apply(present, migration.manifest(), platform.chunks(), rootfs(), migration::requireWanted);
        arrivals.complete(migration);
    }

    private Path rootfs() {
        return platform.bundle(migration.container()).resolve("rootfs");
    }

    private void requireWanted() {
        migration.requireWanted();
        migration.expectPeerWithin(NEXT_MESSAGE);
    }
}
