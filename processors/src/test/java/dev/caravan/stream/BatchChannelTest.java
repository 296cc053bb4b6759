package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caravan.memory.ImageDirectory;
import dev.caravan.memory.ImageReceiver;
import dev.caravan.memory.ImageSender;
import dev.caravan.memory.ImageTotals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both ends of a session over a transport that misbehaves, with real threads. */
@Timeout(60)
class BatchChannelTest {

    private static final int LIMIT = 64 << 20;
    private static final BatchSettings SETTINGS = new BatchSettings(BatchSettings.MIN_WINDOW, Duration.ofMillis(50),
            Duration.ofSeconds(20));
    @TempDir
    Path directory;
    private final SessionPair sessions = SessionPair.establish();
    private final AtomicReference<BatchHandler> atSource = new AtomicReference<>();
    private final AtomicReference<BatchHandler> atDestination = new AtomicReference<>();
    private UnreliableLink outwards = new UnreliableLink(0, 0, 0, 1);
    private UnreliableLink inwards = new UnreliableLink(0, 0, 0, 2);
    private BatchChannel source;
    private BatchChannel destination;

    @AfterEach
    void close() {
        source.close();
        destination.close();
        outwards.close();
        inwards.close();
    }

    @ParameterizedTest
    @CsvSource({"0,0,0", "10,0,0", "0,30,0", "0,0,40", "10,10,30", "25,20,50"})
    void bringsImagesAndMessagesOverUnharmed(int loss, int duplication, int reordering) throws Exception {
        outwards.close();
        inwards.close();
        outwards = new UnreliableLink(loss, duplication, reordering, 11);
        inwards = new UnreliableLink(loss, duplication, reordering, 12);
        connect(SETTINGS);
        Path images = ImageDirectory.create(directory, "images");
        byte[] pages = SessionPair.incompressible(24 << 20);
        Arrays.fill(pages, 3 << 20, 7 << 20, (byte) 0);
        Arrays.fill(pages, 9 << 20, 12 << 20, (byte) 'z');
        Files.write(images.resolve("pages-1.img"), pages);
        Files.write(images.resolve("core-1.img"), new byte[]{1, 2, 3});
        ImageReceiver receiver = new ImageReceiver(ImageDirectory.create(directory, "received"), LIMIT);
        CompletableFuture<Message> manifest = new CompletableFuture<>();
        CompletableFuture<Message> want = new CompletableFuture<>();
        byte[] large = SessionPair.incompressible(5 << 20);
        MessageJoiner joiner = new MessageJoiner(message -> {
            manifest.complete(message);
            destination.sendMessage(BatchKind.WANT, 0, message.bytes()); // from the handler, larger than the window
        }, 32 << 20);
        atDestination.set(batch -> {
            boolean image = batch.header().kind() == BatchKind.IMAGE || batch.header().kind() == BatchKind.END;
            (image ? receiver : joiner).handle(batch);
        });
        atSource.set(new MessageJoiner(want::complete, 32 << 20));

        source.sendMessage(BatchKind.MANIFEST, 0, large);
        assertThat(want.get(30, TimeUnit.SECONDS).bytes()).isEqualTo(large);
        assertThat(manifest.join().bytes()).isEqualTo(large);
        ImageTotals sent = new ImageSender(images, 0, source).stream(() -> true);
        source.awaitAcknowledged();

        assertThat(receiver.complete().toCompletableFuture().get(1, TimeUnit.SECONDS)).isEqualTo(sent);
        assertThat(source.sentDigest()).isEqualTo(destination.receivedDigest());
        assertThat(destination.sentDigest()).isEqualTo(source.receivedDigest());
        assertThat(Files.mismatch(images.resolve("pages-1.img"), directory.resolve("received/pages-1.img")))
                .isEqualTo(-1);
        assertThat(destination.received().rejected()).isEmpty();
        assertThat(source.received().rejected()).isEmpty();
        if (loss > 0) {
            assertThat(source.sent().resent()).isPositive();
        }
        assertThat(outwards.mostPending()).isLessThan(LIMIT);
        assertThat(source.sent().inFlightBytes()).isZero();
    }

    @Test
    void neverKeepsMoreThanItsBoundWhenThePeerStandsStill() throws Exception {
        connect(new BatchSettings(BatchSettings.MAX_WINDOW, Duration.ofMillis(20), Duration.ofSeconds(20)));
        CountDownLatch goOn = new CountDownLatch(1);
        atDestination.set(batch -> {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        byte[] plain = SessionPair.incompressible(BatchHeader.MAX_PLAIN);
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 60; i++) {
                send(source, plain);
            }
        });
        long begun = System.nanoTime();
        await().until(() -> {
            assertThat(source.pendingBytes()).isLessThanOrEqualTo(BatchSettings.MAX_WINDOW);
            assertThat(destination.pendingBytes()).isLessThanOrEqualTo(BatchReceiver.PENDING_LIMIT);
            return System.nanoTime() - begun > Duration.ofMillis(600).toNanos();
        });
        assertThat(sending).isNotDone();
        assertThat(outwards.mostPending()).isLessThan(LIMIT);
        goOn.countDown();
        sending.join();
        source.awaitAcknowledged();
        assertThat(source.sentDigest()).isEqualTo(destination.receivedDigest());
    }

    @Test
    void takesNoHarmFromAFloodOfForgeries() throws Exception {
        connect(SETTINGS);
        atDestination.set(batch -> {
        });
        byte[] plain = SessionPair.incompressible(BatchHeader.MAX_PLAIN);
        BatchSealer forger = new BatchSealer(SessionPair.key(), SessionPair.MIGRATION, Direction.TO_DESTINATION);
        for (int i = 0; i < 100; i++) {
            destination.accept(forger.seal(BatchKind.IMAGE, 0, false, plain, 0, plain.length).wire());
            destination.accept(forger.seal(BatchKind.ACK, 0, false, plain, 0, 10).wire());
            destination.accept(new byte[i]);
            assertThat(destination.pendingBytes()).isLessThanOrEqualTo(BatchReceiver.PENDING_LIMIT);
        }
        for (int i = 0; i < 8; i++) {
            send(source, plain);
        }
        source.awaitAcknowledged();
        assertThat(source.sentDigest()).isEqualTo(destination.receivedDigest());
        assertThat(destination.received().rejected()).containsOnlyKeys(BatchRejected.Reason.NOT_AUTHENTIC,
                BatchRejected.Reason.MALFORMED);
    }

    @Test
    void takesNoHarmFromItsOwnBatchesReflected() throws Exception {
        SessionPair other = SessionPair.establish();
        connect(SETTINGS);
        atDestination.set(batch -> {
        });
        BatchChannel reflecting = new BatchChannel(other.source(), source::accept, batch -> {
        }, SETTINGS);
        send(reflecting, new byte[10]);
        await().until(() -> source.received().rejected().containsKey(BatchRejected.Reason.WRONG_DIRECTION));
        reflecting.close();
    }

    @Test
    void endsWhenTheHandlerFails() {
        connect(SETTINGS);
        atDestination.set(batch -> {
            throw new IOException("no space left");
        });
        send(source, new byte[1]);
        assertThatThrownBy(() -> destination.ended().toCompletableFuture().get(5, TimeUnit.SECONDS))
                .hasRootCauseMessage("no space left");
        await().untilAsserted(
                () -> assertThatThrownBy(() -> destination.send(BatchKind.WANT, 0, false, new byte[1], 0, 1))
                        .isInstanceOf(IOException.class));
    }

    @Test
    void endsWhenThePeerFallsSilent() {
        connect(new BatchSettings(BatchSettings.MIN_WINDOW, Duration.ofMillis(20), Duration.ofMillis(200)));
        outwards.close();
        send(source, new byte[1]);
        assertThatThrownBy(source::awaitAcknowledged).isInstanceOf(IOException.class)
                .hasMessageContaining("no acknowledgement");
        assertThatThrownBy(() -> source.ended().toCompletableFuture().get(5, TimeUnit.SECONDS))
                .hasCauseInstanceOf(TransferStalled.class);
    }

    @Test
    void nobodyWaitsForATransportThatHangs() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        source = new BatchChannel(sessions.source(), wire -> {
            hanging.countDown();
            awaitUninterruptibly(release);
        }, batch -> {
        }, SETTINGS);
        destination = new BatchChannel(sessions.destination(), inwards::send, batch -> {
        }, SETTINGS);
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            byte[] plain = SessionPair.incompressible(BatchHeader.MAX_PLAIN);
            for (int i = 0; i < 10; i++) {
                send(source, plain);
            }
        });
        hanging.await();
        await().until(() -> source.pendingBytes() > BatchSettings.MIN_WINDOW - BatchHeader.MAX_WIRE);

        source.close();

        assertThatThrownBy(() -> sending.get(2, TimeUnit.SECONDS)).hasRootCauseMessage("the batch stream is closed");
        assertThat(release.getCount()).as("the transport still hangs").isOne();
        release.countDown();
    }

    @Test
    void aPeerThatHasNothingToDoIsHeardOf() {
        connect(SETTINGS);
        long before = source.heardNanos();
        await().until(() -> source.heardNanos() != before);
        long once = source.heardNanos();
        await().until(() -> source.heardNanos() != once);
    }

    @Test
    void aPeerWhoseHandlerTakesLongIsHeardOf() throws Exception {
        connect(SETTINGS);
        CountDownLatch handling = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        atDestination.set(batch -> {
            handling.countDown();
            awaitUninterruptibly(done);
        });
        send(source, new byte[1]);
        handling.await();
        for (int i = 0; i < 3; i++) {
            long before = source.heardNanos();
            await().until(() -> source.heardNanos() != before);
        }
        done.countDown();
    }

    @Test
    void whatABrokerRepeatsIsNoSignOfLife() {
        List<byte[]> kept = new CopyOnWriteArrayList<>();
        source = new BatchChannel(sessions.source(), outwards::send, batch -> {
        }, SETTINGS);
        destination = new BatchChannel(sessions.destination(), kept::add, batch -> {
        }, SETTINGS);
        await().until(() -> kept.size() > 0);
        source.accept(kept.get(0));
        long heard = source.heardNanos();
        source.accept(kept.get(0));
        byte[] forged = kept.get(0).clone();
        forged[forged.length - 1]++;
        source.accept(forged);
        assertThat(source.heardNanos()).isEqualTo(heard);
    }

    @Test
    void endsQuietlyWhenClosed() {
        connect(SETTINGS);
        source.close();
        source.close();
        assertThat(source.ended().toCompletableFuture()).isCompleted();
        source.accept(new byte[100]);
        assertThatThrownBy(() -> source.send(BatchKind.WANT, 0, false, new byte[1], 0, 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("closed");
    }

    /** Like a client of a broker that does not answer. */
    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a transport or a handler", e);
        }
    }

    private void connect(BatchSettings settings) {
        source = new BatchChannel(sessions.source(), outwards::send, batch -> atSource.get().handle(batch), settings);
        destination = new BatchChannel(sessions.destination(), inwards::send,
                batch -> atDestination.get().handle(batch), settings);
        outwards.connect(destination::accept);
        inwards.connect(source::accept);
    }

    private static void send(BatchChannel channel, byte[] plain) {
        try {
            channel.send(BatchKind.IMAGE, 0, false, plain, 0, plain.length);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
