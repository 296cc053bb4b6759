package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BatchSenderTest {

    private static final BatchSettings SETTINGS = new BatchSettings(BatchSettings.MIN_WINDOW, Duration.ofMillis(500),
            Duration.ofSeconds(10));
    private final AtomicLong clock = new AtomicLong();
    private final List<byte[]> sent = new CopyOnWriteArrayList<>();
    private final BatchSender sender = sender(sent::add);

    @Test
    void resendsTheSameCiphertext() throws Exception {
        sender.send(BatchKind.WANT, 0, false, new byte[]{1, 2, 3}, 0, 3);
        clock.addAndGet(Duration.ofMillis(500).toNanos());
        sender.resendDue();
        assertThat(sent).hasSize(2);
        assertThat(sent.get(1)).isEqualTo(sent.get(0));
        assertThat(sender.totals()).extracting(SenderTotals::batches, SenderTotals::resent).containsExactly(1L, 1L);
    }

    @Test
    void blocksWhenTheWindowIsFullAndGoesOnWhenItIsAcknowledged() {
        byte[] plain = SessionPair.incompressible(BatchHeader.MAX_PLAIN);
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> sendAll(plain, 6));
        await().until(() -> sent.size() == 4);
        await().during(Duration.ofMillis(100)).until(() -> sent.size() == 4 && !sending.isDone());
        assertThat(sender.totals().inFlightBytes()).isLessThanOrEqualTo(SETTINGS.windowBytes());
        sender.acknowledge(new Acknowledgement(3, List.of()), false);
        await().until(() -> sent.size() == 6);
        sending.join();
    }

    @Test
    void treatsAFailingTransportAsLoss() throws Exception {
        BatchSender unlucky = sender(wire -> {
            throw new IllegalStateException("broker is gone");
        });
        unlucky.send(BatchKind.WANT, 0, false, new byte[1], 0, 1);
        assertThat(unlucky.totals().inFlightBytes()).isPositive();
        clock.addAndGet(SETTINGS.patience().toNanos());
        unlucky.resendDue();
        assertThatThrownBy(unlucky::awaitAcknowledged).hasCauseInstanceOf(TransferStalled.class)
                .hasMessageContaining("batch 0 was sent 1 times").hasRootCauseMessage("broker is gone");
    }

    @Test
    void anEndThatIsWithheldIsCountedAndLeavesWhenItMay() throws Exception {
        byte[] message = SessionPair.incompressible(BatchHeader.MAX_PLAIN + 1);
        WithheldEnd end = sender.withholdEnd(BatchKind.CHUNKS, 0, message);
        assertThat(sent).hasSize(1);
        assertThat(end.digest()).isEqualTo(sender.streamDigest());
        assertThatThrownBy(() -> sender.send(BatchKind.CHUNKS, 0, false, new byte[1], 0, 1))
                .hasMessageContaining("cannot overtake");
        clock.addAndGet(Duration.ofMillis(500).toNanos());
        sender.resendDue();
        assertThat(sent).as("the first batch, again").hasSize(2);
        end.send();
        assertThat(sent).hasSize(3);
        assertThat(end.digest()).isEqualTo(sender.streamDigest());
    }

    @Test
    void givesUpAfterTooLongASilence() throws Exception {
        sender.send(BatchKind.WANT, 0, false, new byte[1], 0, 1);
        clock.addAndGet(SETTINGS.patience().toNanos() - 1);
        sender.resendDue();
        assertThat(sender.failure()).isNull();
        clock.incrementAndGet();
        sender.resendDue();
        assertThat(sender.failure()).isInstanceOf(TransferStalled.class);
        assertThatThrownBy(() -> sender.send(BatchKind.WANT, 0, false, new byte[1], 0, 1))
                .isInstanceOf(IOException.class);
    }

    @Test
    void freesWhoeverWaitsWhenItIsClosed() throws Exception {
        sender.send(BatchKind.WANT, 0, false, new byte[1], 0, 1);
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> assertThatThrownBy(sender::awaitAcknowledged)
                .isInstanceOf(IOException.class).hasMessageContaining("closed"));
        sender.close();
        waiting.join();
    }

    @Test
    void splitsMessagesAndMarksAllButTheLast() throws Exception {
        sender.sendMessage(BatchKind.MANIFEST, 0, new byte[2 * BatchHeader.MAX_PLAIN + 1]);
        sender.sendMessage(BatchKind.WANT, 0, new byte[0]);
        BatchOpener opener = SessionPair.opener();
        assertThat(opener.open(sent.get(0)).header().more()).isTrue();
        assertThat(opener.open(sent.get(1)).header().more()).isTrue();
        assertThat(opener.open(sent.get(2)).header().more()).isFalse();
        assertThat(opener.open(sent.get(2)).length()).isEqualTo(1);
        assertThat(opener.open(sent.get(3)).length()).isZero();
    }

    @Test
    void sendsNoAcknowledgementsAsContent() {
        assertThatThrownBy(() -> sender.send(BatchKind.ACK, 0, false, new byte[1], 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private BatchSender sender(Consumer<byte[]> transport) {
        return new BatchSender(SessionPair.sealer(), transport, SETTINGS, clock::get);
    }

    private void sendAll(byte[] plain, int batches) {
        try {
            for (int i = 0; i < batches; i++) {
                sender.send(BatchKind.IMAGE, 0, false, plain, 0, plain.length);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
