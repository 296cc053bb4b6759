package dev.caravan.stage;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.bundle.Bundle;
import dev.caravan.bundle.BundleRejected;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.Mounts;
import dev.caravan.host.HostProcess;
import dev.caravan.host.Sharers;
import dev.caravan.journal.Journal;
import dev.caravan.memory.ImageSender;
import dev.caravan.memory.ImageTotals;
import dev.caravan.memory.MemoryReserve;
import dev.caravan.migration.BatchLink;
import dev.caravan.migration.ContainerDescription;
import dev.caravan.migration.Facts;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.network.NetworkDescription;
import dev.caravan.rootfs.ChunkDigest;
import dev.caravan.rootfs.ChunkReader;
import dev.caravan.rootfs.ManifestCodec;
import dev.caravan.rootfs.ManifestDelta;
import dev.caravan.rootfs.RootfsManifest;
import dev.caravan.rootfs.RootfsScan;
import dev.caravan.rootfs.RootfsScanner;
import dev.caravan.rootfs.SharedMappings;
import dev.caravan.rootfs.WantCodec;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.MessageJoiner;
import dev.caravan.wire.Excerpt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What the source does between attestation and commit. */
public final class SourceStages {
    private static final long DUMP_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int MAX_SHARED = 600;

    private final Platform platform;
    private final BatchLink batches;
    private final RootfsScanner scanner;

    public SourceStages(Platform platform, BatchLink batches, RootfsScanner scanner) {
        this.platform = platform;
        this.batches = batches;
        this.scanner = scanner;
    }

    /** Opens the encrypted stream. */
    public void openChannel(SourceMigration migration) {
        MessageJoiner wants = new MessageJoiner(message -> {
            if (message.kind() == BatchKind.WANT) {
                migration.want().complete(message.bytes());
            }
        }, WantCodec.MAX_BYTES);
        migration.channel(batches.open(migration, wants));
        migration.channel().ended().whenComplete((nothing, failure) -> migration.want()
                .completeExceptionally(failure == null ? new CancellationException() : failure));
    }

    /** Tells the destination, encrypted, what it is to prepare for. */
    public void describe(SourceMigration migration) throws IOException {
        ContainerState state = platform.runtime().state(migration.container());
        platform.runtime().examine(migration.container());
        Bundle bundle = read(migration.container(), state.bundle());
        migration.bundle(state.bundle(), bundle);
        if (bundle.network() == Bundle.Network.HOST && bundle.config().at("/linux/namespaces").isArray()) {
            throw MigrationFailed.rollBack("host-network", migration.container()
                    + " uses the host's network, which cannot move with it; give it a network namespace of its own");
        }
        if (bundle.hasTerminal()) {
            throw MigrationFailed.rollBack("terminal", migration.container()
                    + " has a terminal, which belongs to whoever started it here; start it with process.terminal false");
        }
        AdmissionCheck.requireMovable(migration.container(), bundle);
        requireUnshared(migration.container(), state.pid());
        Journal journal = platform.migrations().journal();
        journal.remember(migration.id(), Facts.BUNDLE, state.bundle());
        bundle.networkNamespace().ifPresent(path -> journal.remember(migration.id(), Facts.NAMESPACE, path));
        NetworkDescription network = null;
        if (bundle.networkNamespace().isPresent()) {
            requireNetwork(migration.container());
            network = platform.network().describe(bundle.networkNamespace().get());
            migration.port(platform.network().find(bundle.networkNamespace().get()));
        }
        requireNothingMounted(migration);
        migration.scan(scanner.scan(rootfs(migration), migration::requireWanted));
        long memory = ContainerMemory.bytes(state.pid());
        RootfsManifest manifest = migration.scan().manifest();
        migration.progress().expect(memory + manifest.contentBytes());
        ContainerDescription description = new ContainerDescription(System.getProperty("os.arch"), bundle.toJson(),
                network, memory, manifest.contentBytes());
        migration.channel().sendMessage(BatchKind.DESCRIPTION, 0, description.toJson());
    }

    /** Sends the root file system while the container runs: the list, then what the destination lacks. */
    public void syncRootfs(SourceMigration migration) throws IOException {
        RootfsManifest manifest = migration.scan().manifest();
        migration.channel().sendMessage(BatchKind.MANIFEST, 0, ManifestCodec.encode(manifest));
        migration.unread(sendChunks(migration, manifest, WantCodec.decode(awaitWant(migration)), 0));
    }

    /** Cuts the container off from the network, so that no packet is answered that the other copy does not know of. */
    public void fence(SourceMigration migration) throws IOException {
        migration.paused();
        if (migration.port() != null) {
            platform.network().fence(migration.port().namespace());
        }
    }

    /**
     * Streams the images while CRIU writes them. Returns, or throws, when the dump has ended, which is ended if it hangs: one
     * that only begins when the container is thawed again would freeze it for good.
     */
    public void streamImages(SourceMigration migration, BooleanSupplier dumpEnded) throws IOException {
        try {
            stream(migration, dumpEnded);
        } finally {
            while (!dumpEnded.getAsBoolean()) {
                platform.runtime().awaitNoCheckpoint(migration.container());
                LockSupport.parkNanos(DUMP_POLL_NANOS);
            }
        }
    }

    private void stream(SourceMigration migration, BooleanSupplier dumpEnded) throws IOException {
        long started = System.nanoTime();
        ImageSender sender = new ImageSender(platform.images(migration.id()), 0, migration.channel());
        ImageTotals totals = sender.stream(() -> {
            migration.requireWanted();
            return dumpEnded.getAsBoolean();
        });
        migration.progress().memory(totals.bytes(), totals.pagesSent(), totals.pagesZero(),
                (System.nanoTime() - started) / 1_000_000);
        migration.progress().done(totals.bytes());
    }

    /**
     * Sends what changed in the root file system since the first scan, all but the last of it.
     *
     * @return the digest of all that is sent, the last included
     */
    public byte[] sendChanges(SourceMigration migration) throws IOException {
        RootfsScan before = migration.scan();
        int pid = platform.runtime().state(migration.container()).pid();
        RootfsScan now = scanner.rescan(rootfs(migration), before, SharedMappings.of(ContainerMemory.pids(pid)),
                migration::requireWanted);
        migration.scan(now);
        migration.channel().sendMessage(BatchKind.MANIFEST, 1,
                ManifestCodec.encode(ManifestDelta.between(before.manifest(), now.manifest())));
        Set<ChunkDigest> changed = new HashSet<>(now.manifest().digests());
        Set<ChunkDigest> sent = new HashSet<>(before.manifest().digests());
        sent.removeAll(migration.unread());
        changed.removeAll(sent);
        if (!sendChunks(migration, now.manifest(), changed, 1).isEmpty()) {
            throw MigrationFailed.rollBack("rootfs-changed", "the root file system of " + migration.container()
                    + " changed although it is frozen: something outside the container writes to it");
        }
        return migration.end().digest();
    }

    /** Sends the last of the stream: from then on the destination may hold the container. */
    public void sendLast(SourceMigration migration) {
        migration.requireWanted();
        migration.end().send();
    }

    /** After the commit is journalled: from here on not even this kernel answers for the container's address. */
    public void letGo(SourceMigration migration) throws IOException {
        if (migration.port() != null) {
            platform.network().disconnect(migration.port());
        }
    }

    /** Looks once more for what cannot be dumped or is shared, then makes the directory for CRIU's images and memory for them. */
    public void prepareImages(SourceMigration migration) throws IOException {
        platform.runtime().examine(migration.container());
        int pid = platform.runtime().state(migration.container()).pid();
        requireUnshared(migration.container(), pid);
        OwnerOnly.directories(platform.images(migration.id()));
        long memory = ContainerMemory.bytes(pid);
        Workspace.requireRoom(platform.name(), platform.run(), memory, "memory", migration.container());
        Path reserve = platform.reserve(migration.id());
        MemoryReserve.take(reserve, memory).close();
        Files.delete(reserve);
    }

    /** Sends chunks, in the last round all but the end of them; returns those that are not there any more. */
    private Set<ChunkDigest> sendChunks(SourceMigration migration, RootfsManifest manifest, Set<ChunkDigest> wanted,
            int round) throws IOException {
        return new ChunkReader(rootfs(migration), manifest).read(wanted, chunks -> {
            migration.requireWanted();
            byte[] message = chunks.encode();
            if (round > 0 && chunks.last()) {
                migration.end(migration.channel().withholdEnd(BatchKind.CHUNKS, round, message));
            } else {
                migration.channel().sendMessage(BatchKind.CHUNKS, round, message);
            }
            migration.progress().done(message.length);
            platform.migrations().progressed(migration);
        });
    }

    private static byte[] awaitWant(SourceMigration migration) throws IOException {
        try {
            return migration.want().get();
        } catch (CancellationException | ExecutionException e) {
            migration.requireWanted();
            throw new IOException("the stream to " + migration.destination() + " ended: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static Bundle read(String container, Path directory) throws IOException {
        try {
            return Bundle.read(directory);
        } catch (BundleRejected e) {
            throw MigrationFailed.refused("bundle", "the configuration of " + container + " cannot move: "
                    + e.getMessage());
        }
    }

    private static Path rootfs(SourceMigration migration) throws IOException {
        try {
            return migration.bundle().rootfs(migration.bundleDirectory());
        } catch (BundleRejected e) {
            throw MigrationFailed.refused("bundle", "the configuration of " + migration.container()
                    + " cannot move: " + e.getMessage());
        }
    }

    /** The container lives in mounts of its own: what its host has mounted there since is not the container's. */
    private void requireNothingMounted(SourceMigration migration) throws IOException {
        Path rootfs = rootfs(migration).toRealPath();
        Optional<Path> mounted = Mounts.below(rootfs).stream().filter(point -> !point.equals(rootfs)).findFirst();
        if (mounted.isPresent()) {
            throw MigrationFailed.rollBack("mounted-below", platform.name() + " has something mounted at "
                    + mounted.get() + ", below the root file system of " + migration.container()
                    + ", which is no part of the container; unmount it");
        }
    }

    /** What is cut off, frozen and removed must be this container's alone. */
    private void requireUnshared(String container, int pid) throws IOException {
        Optional<String> shared = Sharers.of(pid, (int) ProcessHandle.current().pid(), HostProcess.all());
        if (shared.isPresent()) {
            throw MigrationFailed.rollBack("shared", container + " at " + platform.name() + " shares "
                    + Excerpt.of(shared.get(), MAX_SHARED) + ": what is shared would be cut off or frozen with it, and"
                    + " groups cannot move; end those, or give " + container + " what is its own");
        }
    }

    private void requireNetwork(String container) {
        if (platform.network() == null) {
            throw MigrationFailed.rollBack("no-bridge", platform.name() + " has no bridge for the link of " + container
                    + ": set caravan.bridge");
        }
    }
}
