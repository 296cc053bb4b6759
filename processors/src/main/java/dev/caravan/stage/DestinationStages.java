package dev.caravan.stage;

import dev.caravan.batch.Batch;
import dev.caravan.batch.BatchChannel;
import dev.caravan.batch.BatchKind;
import dev.caravan.batch.BatchSettings;
import dev.caravan.batch.ImageReceiver;
import dev.caravan.batch.MemoryReserve;
import dev.caravan.batch.Message;
import dev.caravan.batch.MessageJoiner;
import dev.caravan.bundle.Bundle;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlType;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.migration.ContainerDescription;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.network.ContainerNetwork;
import dev.caravan.network.ContainerPort;
import dev.caravan.rootfs.ChunkDigest;
import dev.caravan.rootfs.ChunkMessage;
import dev.caravan.rootfs.ManifestCodec;
import dev.caravan.rootfs.RootfsBuilder;
import dev.caravan.rootfs.RootfsManifest;
import dev.caravan.rootfs.WantCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** What the destination does between attestation and commit, as the encrypted stream drives it. */
public final class DestinationStages {
    private static final int MAX_MESSAGE_BYTES = 32 << 20;
    private static final Duration OPENING = Duration.ofSeconds(30);

    private final Platform platform;
    private final RootfsBuilder builder;

    /** What the stream has brought, for the routes to act on. */
    public interface Arrivals {
        /** The container's description: prepare. */
        void described(DestinationMigration migration) throws IOException;

        /** The root file system as it was while the container ran: build it. */
        void synced(DestinationMigration migration) throws IOException;

        /** The container stands still and its memory begins to arrive. */
        void transferring(DestinationMigration migration);

        /** Everything: restore. Called on the stream's thread, so it must not block. */
        void complete(DestinationMigration migration);
    }

    public DestinationStages(Platform platform, RootfsBuilder builder) {
        this.platform = platform;
        this.builder = builder;
    }

    /** Opens the encrypted stream and has {@code arrivals} told of what it brings. */
    public void openChannel(DestinationMigration migration, Arrivals arrivals) {
        Stream stream = new Stream(migration, arrivals);
        migration.channel(new BatchChannel(migration.session(),
                batch -> platform.batches().send(migration.peer(), migration.id(), batch), stream::take,
                BatchSettings.defaults()));
    }

    /** Makes room for the container, or says what is missing. */
    public void prepare(DestinationMigration migration) throws IOException {
        ContainerDescription description = migration.description();
        String container = migration.container();
        if (!description.architecture().equals(System.getProperty("os.arch"))) {
            throw MigrationFailed.rollBack("architecture", container + " runs on " + description.architecture() + ", "
                    + platform.name() + " is " + System.getProperty("os.arch"));
        }
        if (platform.runtime().state(container).status() != ContainerState.Status.ABSENT
                || Files.exists(platform.bundle(container))) {
            throw MigrationFailed.rollBack("name-taken", platform.name() + " has a container named " + container
                    + " already; remove or rename it");
        }
        Bundle bundle = Bundle.parse(description.config());
        for (Path source : bundle.hostMounts()) {
            if (Files.notExists(source)) {
                throw MigrationFailed.rollBack("mount", container + " mounts " + source + " of its host, which "
                        + platform.name() + " does not have; make it there, or take the mount out");
            }
        }
        if (bundle.network() == Bundle.Network.NAMED && description.network() != null && platform.network() == null) {
            throw MigrationFailed.rollBack("no-bridge",
                    platform.name() + " has no bridge for the container's link: set caravan.bridge");
        }
        Workspace.make(platform.containers());
        Workspace.requireRoom(platform.name(), platform.run(), description.memoryBytes(), "memory", container);
        Workspace.requireRoom(platform.name(), platform.containers(), description.rootfsBytes(), "files", container);
        platform.migrations().journal().remember(migration.id(), RollBack.PLACE_TAKEN, container);
        Workspace.make(platform.bundle(container));
        Path namespace = ContainerNetwork.namespace(platform.namespace(container));
        if (description.network() != null) {
            migration.port(platform.network().create(platform.namespace(container), description.network()));
        }
        Bundle adapted = bundle.adaptedTo(platform.cgroupParent() + "/" + container, namespace);
        Files.write(platform.bundle(container).resolve("config.json"), adapted.toJson());
        Workspace.make(platform.images(migration.id()));
        migration.images(new ImageReceiver(platform.images(migration.id()),
                Files.getFileStore(platform.run()).getUsableSpace()));
        migration.images().reserve(description.memoryBytes());
        // the processes will take as much again, but not from the tmpfs, which need not have room for it
        MemoryReserve.take(platform.reserve(migration.id()), Math.min(description.memoryBytes(),
                Files.getFileStore(platform.run()).getUsableSpace() / 2)).close();
    }

    /** Gives back the memory that was set aside for the processes, which are about to take it. */
    public void releaseReserve(DestinationMigration migration) throws IOException {
        Files.deleteIfExists(platform.reserve(migration.id()));
    }

    /** Tells the source that the container is held, with evidence bound to everything that was received. */
    public void reportHeld(DestinationMigration migration, byte[] evidence) {
        migration.heldReport(ControlCodec.message(ControlType.HELD, migration.id(), platform.name(),
                migration.peer(), new Held(evidence, migration.channel().receivedDigest())));
        // a send that fails may have arrived: only the source knows from here on
        platform.control().sendWhenPossible(migration.heldReport());
    }

    /** Lets the container run here: its link goes up, its gate opens, its neighbours hear of it. */
    public HeldRestore.Outcome openGate(DestinationMigration migration) throws IOException {
        ContainerPort port = migration.port();
        if (port != null) {
            platform.network().connect(port);
        }
        migration.held().gate().open();
        HeldRestore.Outcome outcome = migration.held().awaitOutcome(OPENING);
        if (port != null && outcome == HeldRestore.Outcome.RUNNING) {
            platform.network().announce(port);
        }
        return outcome;
    }

    /** Erases the images. */
    public void wipeImages(java.util.UUID migration) throws IOException {
        Workspace.wipe(platform.workspace(migration));
    }

    /** The stream of one migration; its batches come one at a time and in order. */
    private final class Stream {
        private final DestinationMigration migration;
        private final Arrivals arrivals;
        private final MessageJoiner messages = new MessageJoiner(this::message, MAX_MESSAGE_BYTES);
        private RootfsManifest present = RootfsManifest.EMPTY;
        private RootfsManifest next;
        private Set<ChunkDigest> wanted = Set.of();
        private boolean imagesEnded;

        Stream(DestinationMigration migration, Arrivals arrivals) {
            this.migration = migration;
            this.arrivals = arrivals;
        }

        void take(Batch batch) throws IOException {
            migration.requireWanted();
            migration.expectPeerWithin(Duration.ofSeconds(60));
            BatchKind kind = batch.header().kind();
            if (kind == BatchKind.IMAGE || kind == BatchKind.END) {
                if (present == RootfsManifest.EMPTY) {
                    throw new IOException("images came before the root file system");
                }
                if (kind == BatchKind.IMAGE && !imagesEnded && migration.images().totals().bytes() == 0) {
                    arrivals.transferring(migration);
                }
                migration.images().handle(batch);
                imagesEnded = kind == BatchKind.END;
            } else {
                messages.handle(batch);
            }
        }

        private void message(Message message) throws IOException {
            switch (message.kind()) {
                case DESCRIPTION -> {
                    if (migration.description() != null) {
                        throw new IOException("a second description");
                    }
                    migration.description(ContainerDescription.parse(message.bytes()));
                    arrivals.described(migration);
                }
                case MANIFEST -> manifest(message);
                case CHUNKS -> chunks(ChunkMessage.decode(message.bytes()));
                default -> throw new IOException("a " + message.kind() + " message, which no source sends");
            }
        }

        private void manifest(Message message) throws IOException {
            if (migration.images() == null) {
                throw new IOException("files came before the description");
            }
            boolean first = migration.manifest() == null;
            next = ManifestCodec.decode(message.bytes(), first ? RootfsManifest.EMPTY : migration.manifest());
            migration.manifest(next);
            migration.chunks(platform.chunks().lease(next.digests()));
            if (first) {
                RootfsBuilder.requireRoom(next, platform.containers());
                wanted = platform.chunks().missing(next.digests());
                migration.channel().sendMessage(BatchKind.WANT, 0, WantCodec.encode(wanted));
            } else {
                wanted = platform.chunks().missing(next.digests());
            }
        }

        private void chunks(ChunkMessage message) throws IOException {
            if (next == null) {
                throw new IOException("chunks came before a manifest");
            }
            platform.chunks().receive(message, wanted);
            migration.progress().done(message.chunks().stream().mapToLong(chunk -> chunk.length).sum());
            if (!message.last()) {
                return;
            }
            Path rootfs = platform.bundle(migration.container()).resolve("rootfs");
            if (present == RootfsManifest.EMPTY) {
                present = builder.prepare(next, platform.chunks(), rootfs);
                next = null;
                arrivals.synced(migration);
            } else {
                if (!imagesEnded) {
                    throw new IOException("the last changes came before the end of the images");
                }
                builder.apply(present, next, platform.chunks(), rootfs);
                arrivals.complete(migration);
            }
        }
    }
}
