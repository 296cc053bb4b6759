package dev.caravan.memory;

import dev.caravan.session.SessionKey;
import dev.caravan.stream.BatchOpener;
import dev.caravan.stream.BatchReceiver;
import dev.caravan.stream.BatchSealer;
import dev.caravan.stream.BatchSender;
import dev.caravan.stream.BatchSettings;
import dev.caravan.stream.Direction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Sends made-up memory from an agent to itself, by the way that a container's memory will take: image files, batches,
 * broker, batches, image files. Proves that the way is open, and has the JVM of the agent and that of the broker compile
 * it: otherwise they do so while the first container is frozen, which then takes several times as long.
 */
public final class Rehearsal {
    private static final int FILE_BYTES = 24 << 20;
    /** In all as many batches as it takes until a JVM has compiled what each of them goes through, and half as many more. */
    private static final int MAX_ROUNDS = 16;
    private static final int CHUNK = 1 << 20;
    private static final long TICK_MILLIS = 5;
    private static final BatchSettings SETTINGS = new BatchSettings(16 << 20, Duration.ofMillis(500),
            Duration.ofSeconds(10));

    private final UUID id = UUID.randomUUID();
    private final BiConsumer<UUID, byte[]> transport;
    private volatile Round round;

    /** @param transport takes batches, with {@link #id}, to whoever calls {@link #accept} */
    public Rehearsal(BiConsumer<UUID, byte[]> transport) {
        this.transport = transport;
    }

    /** Stands for a migration. */
    public UUID id() {
        return id;
    }

    /** Takes what the transport brought; ignores it when no rehearsal is under way. */
    public void accept(byte[] wire) {
        Round now = round;
        if (now != null) {
            now.accept(wire);
        }
    }

    /**
     * Rehearses 16 times, unless that takes too long.
     *
     * @param directory existing, on the tmpfs that images go to; left as it was
     * @param budget    no round begins later; the first one does in any case
     * @throws IOException when what arrives is not what was sent, or nothing arrives for ten seconds
     */
    public void run(Path directory, Duration budget) throws IOException {
        long end = System.nanoTime() + budget.toNanos();
        Path to = directory.resolve("rehearsal-to");
        // what an agent that was killed has left
        ImageDirectory.wipe(directory.resolve("rehearsal-from"));
        ImageDirectory.wipe(to);
        Path from = ImageDirectory.create(directory, "rehearsal-from");
        try {
            fill(from.resolve("pages-1.img"));
            for (int i = 0; i == 0 || i < MAX_ROUNDS && System.nanoTime() < end; i++) {
                ImageDirectory.create(directory, "rehearsal-to");
                try (Round next = new Round(to)) {
                    round = next;
                    next.send(from);
                } finally {
                    round = null;
                    ImageDirectory.wipe(to);
                }
            }
        } finally {
            ImageDirectory.wipe(from);
        }
    }

    /** Pages of every kind: most are random, some can be compressed, some are zero. */
    private static void fill(Path path) throws IOException {
        byte[] bytes = new byte[CHUNK];
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int at = 0; at < FILE_BYTES; at += CHUNK) {
                ThreadLocalRandom.current().nextBytes(bytes);
                Arrays.fill(bytes, 0, CHUNK / 16, (byte) (at % (3 * CHUNK) == 0 ? 0 : 'c'));
                file.write(ByteBuffer.wrap(bytes));
            }
        }
    }

    /** One stream, with a key of its own, as a migration has. */
    private final class Round implements AutoCloseable {
        private final SessionKey key;
        private final BatchSealer sealer;
        private final BatchOpener opener;
        private final ImageReceiver images;
        private final BatchSender sender;
        private final BatchReceiver receiver;
        private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

        Round(Path to) {
            byte[] secret = new byte[SessionKey.BYTES];
            ThreadLocalRandom.current().nextBytes(secret);
            key = new SessionKey(secret);
            sealer = new BatchSealer(key, id, Direction.TO_DESTINATION);
            opener = new BatchOpener(key, id, Direction.TO_DESTINATION);
            images = new ImageReceiver(to, 2L * FILE_BYTES);
            sender = new BatchSender(sealer, wire -> transport.accept(id, wire), SETTINGS, System::nanoTime);
            receiver = new BatchReceiver(opener, images, ack -> sender.acknowledge(ack, false));
            timer.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        }

        private void tick() {
            sender.resendDue();
            receiver.acknowledgeDue();
        }

        synchronized void accept(byte[] wire) {
            try {
                receiver.accept(wire);
            } catch (IOException e) {
                sender.fail(e);
            }
        }

        void send(Path from) throws IOException {
            new ImageSender(from, 0, sender).stream(() -> true);
            sender.awaitAcknowledged();
        }

        @Override
        public synchronized void close() throws IOException {
            timer.shutdownNow();
            sender.close();
            sealer.close();
            opener.close();
            images.close();
            key.destroy();
        }
    }
}
