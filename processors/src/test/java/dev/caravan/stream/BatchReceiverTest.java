package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.stream.BatchRejected.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BatchReceiverTest {

    private final BatchSealer sealer = SessionPair.sealer();
    private final List<Integer> delivered = new ArrayList<>();
    private final List<Acknowledgement> acknowledgements = new ArrayList<>();
    private final BatchReceiver receiver = new BatchReceiver(SessionPair.opener(),
            batch -> delivered.add((int) batch.buffer()[0]), acknowledgements::add);

    @Test
    void deliversInOrderWhateverTheOrderOfArrival() throws Exception {
        byte[][] wires = seal(5);
        for (int i : new int[]{2, 0, 4, 3, 1}) {
            receiver.accept(wires[i]);
        }
        assertThat(delivered).containsExactly(0, 1, 2, 3, 4);
        assertThat(receiver.heldBytes()).isZero();
        assertThat(receiver.streamDigest()).isEqualTo(digestOf(wires));
    }

    @Test
    void ignoresDuplicatesButAcknowledgesAgain() throws Exception {
        byte[][] wires = seal(3);
        receiver.accept(wires[0]);
        receiver.accept(wires[2]);
        receiver.acknowledgeDue();
        acknowledgements.clear();
        receiver.accept(wires[0]);
        receiver.accept(wires[2]);
        assertThat(delivered).containsExactly(0);
        assertThat(receiver.totals().duplicates()).isEqualTo(2);
        receiver.acknowledgeDue();
        assertThat(acknowledgements).containsExactly(
                new Acknowledgement(1, List.of(new Acknowledgement.Range(2, 3))));
    }

    @Test
    void tellsOfAGapAtOnce() throws Exception {
        byte[][] wires = seal(4);
        receiver.accept(wires[1]);
        receiver.accept(wires[3]);
        assertThat(acknowledgements).last().isEqualTo(new Acknowledgement(0,
                List.of(new Acknowledgement.Range(1, 2), new Acknowledgement.Range(3, 4))));
    }

    @Test
    void acknowledgesTheEndOfAMessageAtOnceAndImagesNowAndThen() throws Exception {
        for (int i = 0; i < 15; i++) {
            receiver.accept(sealer.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire());
        }
        assertThat(acknowledgements).isEmpty();
        receiver.accept(sealer.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire());
        assertThat(acknowledgements).containsExactly(new Acknowledgement(16, List.of()));
        receiver.accept(sealer.seal(BatchKind.WANT, 0, true, new byte[1], 0, 1).wire());
        assertThat(acknowledgements).hasSize(1);
        receiver.accept(sealer.seal(BatchKind.WANT, 0, false, new byte[1], 0, 1).wire());
        assertThat(acknowledgements).hasSize(2);
    }

    @Test
    void takesNoHarmFromForgeries() throws Exception {
        byte[][] wires = seal(3);
        byte[] forged = wires[0].clone();
        forged[forged.length - 1] ^= 1;
        byte[] early = wires[2].clone();
        early[early.length - 1] ^= 1;
        receiver.accept(forged);
        receiver.accept(early);
        receiver.accept(new byte[3]);
        BatchSealer elsewhere = new BatchSealer(SessionPair.key(), UUID.randomUUID(), Direction.TO_DESTINATION);
        receiver.accept(elsewhere.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire());
        BatchSealer reflected = new BatchSealer(SessionPair.key(), SessionPair.MIGRATION, Direction.TO_SOURCE);
        receiver.accept(reflected.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire());
        assertThat(delivered).isEmpty();
        assertThat(receiver.heldBytes()).isZero();
        assertThat(acknowledgements).isEmpty();
        assertThat(receiver.totals().rejected()).containsOnly(Map.entry(Reason.NOT_AUTHENTIC, 2L),
                Map.entry(Reason.MALFORMED, 1L), Map.entry(Reason.WRONG_MIGRATION, 1L),
                Map.entry(Reason.WRONG_DIRECTION, 1L));
        for (byte[] wire : wires) {
            receiver.accept(wire);
        }
        assertThat(delivered).containsExactly(0, 1, 2);
    }

    @Test
    void rejectsWhatIsTooFarAhead() throws Exception {
        BatchSealer ahead = new BatchSealer(SessionPair.key(), SessionPair.MIGRATION, Direction.TO_DESTINATION, 4096);
        receiver.accept(ahead.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire());
        assertThat(receiver.totals().rejected()).containsEntry(Reason.NUMBER_OUT_OF_RANGE, 1L);
    }

    @Test
    void rejectsAcknowledgementsInTheStream() throws Exception {
        receiver.accept(sealer.seal(BatchKind.ACK, 0, false, new byte[10], 0, 10).wire());
        assertThat(receiver.totals().rejected()).containsEntry(Reason.MALFORMED, 1L);
    }

    @Test
    void holdsNoMoreThanItsLimit() throws Exception {
        byte[] plain = new byte[BatchHeader.MAX_PLAIN];
        new Random(1).nextBytes(plain);
        List<byte[]> wires = new ArrayList<>();
        for (int i = 0; i < 44; i++) {
            wires.add(sealer.seal(BatchKind.IMAGE, 0, false, plain, 0, plain.length).wire());
        }
        for (byte[] wire : wires.subList(1, 44)) {
            receiver.accept(wire);
            assertThat(receiver.heldBytes()).isLessThanOrEqualTo(BatchReceiver.PENDING_LIMIT);
        }
        assertThat(receiver.totals().dropped()).isPositive();
        for (byte[] wire : wires) {
            receiver.accept(wire);
        }
        assertThat(receiver.totals().delivered()).isEqualTo(44);
    }

    @Test
    void passesTheHandlersFailureOn() {
        BatchReceiver failing = new BatchReceiver(SessionPair.opener(), batch -> {
            throw new IOException("no space");
        }, acknowledgements::add);
        assertThatThrownBy(() -> failing.accept(seal(1)[0])).isInstanceOf(IOException.class).hasMessage("no space");
        assertThat(acknowledgements).isEmpty();
    }

    private byte[][] seal(int count) throws IOException {
        byte[][] wires = new byte[count][];
        for (int i = 0; i < count; i++) {
            wires[i] = sealer.seal(BatchKind.IMAGE, 0, false, new byte[]{(byte) i}, 0, 1).wire();
        }
        return wires;
    }

    private static byte[] digestOf(byte[][] wires) {
        StreamDigest digest = new StreamDigest();
        for (byte[] wire : wires) {
            digest.add(wire);
        }
        return digest.value();
    }
}
