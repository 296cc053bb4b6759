package dev.caravan.stage;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.bundle.Admission;
import dev.caravan.event.Outcome;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Stage;
import dev.caravan.memory.ImageReceiver;
import dev.caravan.migration.ContainerDescription;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migrations;
import dev.caravan.rootfs.ChunkStore;
import dev.caravan.rootfs.RootfsBuilder;
import dev.caravan.rootfs.TreeSync;
import dev.caravan.rootfs.WantCodec;
import dev.caravan.session.Handshake;
import dev.caravan.session.HandshakeRejected;
import dev.caravan.session.Session;
import dev.caravan.stream.BatchChannel;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.BatchSettings;
import dev.caravan.stream.MessageJoiner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A destination as the agent has it, but for the runtime, and sources that send it what they like by real sessions. */
final class RealDestination implements AutoCloseable {
    private static final byte[] CONFIG = {'{', '}'};

    final Platform platform;
    final DestinationStages stages;
    private final Journal journal;
    private final Map<String, PublicKey> keys = new ConcurrentHashMap<>();
    private final Map<UUID, Source> sources = new ConcurrentHashMap<>();

    RealDestination(Path directory) throws IOException {
        this(directory, TreeSync.DISK);
    }

    RealDestination(Path directory, TreeSync disk) throws IOException {
        journal = new Journal(directory.resolve("journal.db"));
        platform = new Platform("beta", directory.resolve("containers"), directory.resolve("run"), null, "/test",
                new Migrations(journal), null, null);
        stages = new DestinationStages(platform,
                (peer, migration, batch) -> sources.get(migration).channel.accept(batch),
                ChunkStore.open(directory.resolve("chunks"), 1 << 30), new RootfsBuilder(disk), Admission.DEFAULT,
                new ToSources());
    }

    /** A source that has been attested and sends what it likes. */
    Source connect(String source, String container) throws IOException {
        UUID id = UUID.randomUUID();
        DestinationMigration migration = new DestinationMigration(id, container, source, "beta");
        platform.migrations().open(migration);
        migration.peerKey(keys.computeIfAbsent(source, same -> key()));
        List<byte[]> chain = List.of(new byte[]{1});
        SortedSet<Integer> pcrs = new TreeSet<>(List.of(7));
        SecureRandom random = new SecureRandom();
        Session sending;
        try (Handshake offered = Handshake.source(id, chain, chain, pcrs, random);
                Handshake answered = Handshake.destination(offered.hello(), id, chain, chain, pcrs, random)) {
            offered.receive(answered.hello());
            sending = offered.establish(new byte[]{2}, new byte[]{2});
            migration.session(answered.establish(new byte[]{2}, new byte[]{2}));
        } catch (HandshakeRejected e) {
            throw new AssertionError(e);
        }
        Source connected = new Source(migration, sending);
        sources.put(id, connected);
        stages.openChannel(migration);
        return connected;
    }

    /** Forgets the running migration of a container and its files, so that another may have its name. */
    void forget(String container) throws IOException {
        Source source = sources.values().stream().filter(one -> one.migration.container().equals(container))
                .findFirst().orElseThrow();
        source.close();
        Workspace.delete(platform.bundle(container));
        platform.migrations().enter(source.migration, Stage.ROLLING_BACK, "");
        platform.migrations().end(source.migration,
                Reports.report(source.migration, Outcome.ROLLED_BACK, "test", "it was given up"));
    }

    private static PublicKey key() {
        try {
            return KeyPairGenerator.getInstance("EC").generateKeyPair().getPublic();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        sources.values().forEach(Source::close);
        journal.close();
    }

    /** One source's end of the stream, and what the destination's stages would be told. */
    final class Source implements AutoCloseable {
        final DestinationMigration migration;
        final BatchChannel channel;
        final BlockingQueue<byte[]> wants = new LinkedBlockingQueue<>();
        final BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
        private final Session session;

        private Source(DestinationMigration migration, Session session) {
            this.migration = migration;
            this.session = session;
            channel = new BatchChannel(session, wire -> migration.channel().accept(wire),
                    new MessageJoiner(message -> wants.add(message.bytes()), WantCodec.MAX_BYTES),
                    BatchSettings.defaults());
        }

        Path rootfs() {
            return platform.bundle(migration.container()).resolve("rootfs");
        }

        Path images() {
            return platform.images(migration.id());
        }

        void describe() throws IOException {
            send(BatchKind.DESCRIPTION, new ContainerDescription(System.getProperty("os.arch"), CONFIG, null, 1, 1)
                    .toJson());
            await("described");
        }

        void send(BatchKind kind, byte[] message) throws IOException {
            channel.sendMessage(kind, 0, message);
        }

        /** Waits until the destination's stages are told. */
        void await(String what) throws IOException {
            try {
                String told = arrived.poll(20, TimeUnit.SECONDS);
                if (!what.equals(told)) {
                    throw new AssertionError("the destination was told " + told + " instead of " + what);
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void close() {
            migration.close();
            channel.close();
            session.close();
        }
    }

    /** Tells each source what the destination's stages are told of its stream. */
    private final class ToSources implements DestinationStages.Arrivals {
        @Override
        public void described(DestinationMigration described) throws IOException {
            OwnerOnly.directories(platform.bundle(described.container()));
            OwnerOnly.directories(platform.images(described.id()));
            described.images(new ImageReceiver(platform.images(described.id()), 1 << 30));
            tell(described, "described");
        }

        @Override
        public void synced(DestinationMigration synced) {
            tell(synced, "synced");
        }

        @Override
        public void transferring(DestinationMigration transferring) {
            tell(transferring, "transferring");
        }

        @Override
        public void complete(DestinationMigration complete) {
            tell(complete, "complete");
        }

        private void tell(DestinationMigration migration, String what) {
            sources.get(migration.id()).arrived.add(what);
        }
    }

    /** Every path below a directory. */
    static List<String> list(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            return paths.map(path -> directory.relativize(path).toString()).sorted().toList();
        }
    }
}
