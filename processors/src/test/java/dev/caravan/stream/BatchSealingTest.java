package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.stream.BatchRejected.Reason;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchSealingTest {

    private static final int RECORD = BatchHeader.RECORD_PLAIN;
    private final BatchSealer sealer = SessionPair.sealer();
    private final BatchOpener opener = SessionPair.opener();

    /** Computed by another program, from the documentation of {@link BatchHeader} alone. */
    @Test
    void sealsToTheKnownAnswer() throws Exception {
        byte[] plain = SessionPair.key().getEncoded();
        StreamDigest digest = new StreamDigest();
        String[] known = {
                "435256420104010000112233445566778899aabbccddeeff0000000000000000000000070000002000010000000000200ebdb7ddb1"
                        + "2985ba00a1a33e14219f96c25244403c9476389887a998d9e24349698ae17063bc2df0d86a14ed1239ba51",
                "435256420104010000112233445566778899aabbccddeeff000000000000000100000007000000200001000000000020310a667e35"
                        + "98da95ec5a9490b23a0982fbf2bce8ebf6acdbbb56584f22a681a923db4e62949c44a39494e3061872cce4"};
        for (String expected : known) {
            byte[] wire = sealer.seal(BatchKind.IMAGE, 7, false, plain, 0, plain.length).wire();
            assertThat(HexFormat.of().formatHex(wire)).isEqualTo(expected);
            digest.add(wire);
        }
        assertThat(HexFormat.of().formatHex(digest.value()))
                .isEqualTo("e8b1e8c1d6b9dd67a6c262d01e655c1b94f4d3f35d679f83f82d53035d19331d");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 17, 4096, RECORD - 1, RECORD, RECORD + 1, 3 * RECORD + 5, BatchHeader.MAX_PLAIN})
    void opensWhatWasSealed(int length) throws Exception {
        byte[] random = new byte[length + 3];
        new Random(length).nextBytes(random);
        byte[] compressible = new byte[length + 3];
        Arrays.fill(compressible, (byte) 'x');
        for (byte[] plain : new byte[][]{random, compressible}) {
            SealedBatch sealed = sealer.seal(BatchKind.CHUNKS, 3, true, plain, 3, length);
            Batch batch = opener.open(sealed.wire());
            assertThat(batch.copy()).isEqualTo(Arrays.copyOfRange(plain, 3, length + 3));
            assertThat(batch.header()).isEqualTo(new BatchHeader(BatchKind.CHUNKS, Direction.TO_DESTINATION, true,
                    SessionPair.MIGRATION, sealed.number(), 3, length));
            assertThat(sealed.wire().length).isLessThanOrEqualTo(BatchHeader.wireBound(length));
        }
    }

    @Test
    void compressesOnlyWhatShrinks() throws Exception {
        byte[] plain = new byte[2 * RECORD];
        new Random(1).nextBytes(plain);
        Arrays.fill(plain, 0, RECORD, (byte) 1);
        int wire = sealer.seal(BatchKind.IMAGE, 0, false, plain, 0, plain.length).wire().length;
        assertThat(wire).isBetween(RECORD, RECORD + 2000);
    }

    @Test
    void neverUsesANumberTwice() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(sealer.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).number()).isEqualTo(i);
            assertThat(sealer.seal(BatchKind.ACK, 0, false, new byte[1], 0, 1).number())
                    .isEqualTo(BatchHeader.ACK_BIT + i);
        }
    }

    @Test
    void stopsAtTheLastNumber() throws Exception {
        BatchSealer last = new BatchSealer(SessionPair.key(), SessionPair.MIGRATION, Direction.TO_DESTINATION,
                BatchHeader.MAX_NUMBER);
        for (BatchKind kind : new BatchKind[]{BatchKind.IMAGE, BatchKind.ACK}) {
            opener.open(last.seal(kind, 0, false, new byte[1], 0, 1).wire());
            assertThatThrownBy(() -> last.seal(kind, 0, false, new byte[1], 0, 1)).isInstanceOf(NumbersExhausted.class);
        }
    }

    @Test
    void sealsNothingMoreThanABatchHolds() {
        assertThatThrownBy(
                () -> sealer.seal(BatchKind.IMAGE, 0, false, new byte[BatchHeader.MAX_PLAIN + 1], 0,
                        BatchHeader.MAX_PLAIN + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> sealer.seal(BatchKind.IMAGE, 0, false, new byte[4], 2, 3))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void sealsNothingAfterItsEnd() {
        sealer.close();
        assertThatThrownBy(() -> sealer.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1))
                .isInstanceOf(IOException.class);
        opener.close();
        assertThatThrownBy(
                () -> opener.open(SessionPair.sealer().seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire()))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void rejectsEverySingleAlteredByte() throws Exception {
        byte[] plain = new byte[RECORD + 40];
        new Random(7).nextBytes(plain);
        byte[] wire = sealer.seal(BatchKind.IMAGE, 0, false, plain, 0, plain.length).wire();
        for (int i = 0; i < wire.length; i = i < 80 || i > wire.length - 80 ? i + 1 : i + 997) {
            byte[] altered = wire.clone();
            altered[i] ^= 0x10;
            assertThatThrownBy(() -> opener.open(altered)).as("byte %d", i).isInstanceOf(BatchRejected.class);
        }
        assertThat(opener.open(wire).copy()).isEqualTo(plain);
    }

    @Test
    void rejectsTruncatedAndExtendedBatches() throws Exception {
        byte[] wire = sealer.seal(BatchKind.IMAGE, 0, false, new byte[100], 0, 100).wire();
        for (int length = 0; length < wire.length; length++) {
            byte[] truncated = Arrays.copyOf(wire, length);
            requireRejected(Reason.MALFORMED, () -> opener.open(truncated));
        }
        requireRejected(Reason.MALFORMED, () -> opener.open(Arrays.copyOf(wire, wire.length + 1)));
        requireRejected(Reason.MALFORMED, () -> opener.open(new byte[BatchHeader.MAX_WIRE + 1]));
    }

    @Test
    void rejectsRecordsInAnotherOrder() throws Exception {
        byte[] plain = new byte[2 * RECORD];
        new Random(7).nextBytes(plain);
        byte[] wire = sealer.seal(BatchKind.IMAGE, 0, false, plain, 0, plain.length).wire();
        byte[] swapped = wire.clone();
        int record = (wire.length - BatchHeader.BYTES) / 2;
        System.arraycopy(wire, BatchHeader.BYTES, swapped, BatchHeader.BYTES + record, record);
        System.arraycopy(wire, BatchHeader.BYTES + record, swapped, BatchHeader.BYTES, record);
        requireRejected(Reason.NOT_AUTHENTIC, () -> opener.open(swapped));
    }

    @Test
    void rejectsABatchOfAnotherMigration() throws Exception {
        BatchSealer other = new BatchSealer(SessionPair.key(), UUID.randomUUID(), Direction.TO_DESTINATION);
        byte[] wire = other.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire();
        requireRejected(Reason.WRONG_MIGRATION, () -> opener.open(wire));
    }

    @Test
    void rejectsABatchOfTheOtherDirection() throws Exception {
        BatchSealer other = new BatchSealer(SessionPair.key(), SessionPair.MIGRATION, Direction.TO_SOURCE);
        byte[] wire = other.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire();
        requireRejected(Reason.WRONG_DIRECTION, () -> opener.open(wire));
    }

    @Test
    void rejectsANumberBeyondTheLast() throws Exception {
        BatchSealer beyond = new BatchSealer(SessionPair.key(), SessionPair.MIGRATION, Direction.TO_DESTINATION);
        byte[] wire = beyond.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire();
        wire[24] = 1;
        requireRejected(Reason.NUMBER_OUT_OF_RANGE, () -> opener.open(wire));
    }

    @Test
    void rejectsABatchSealedWithAnotherKey() throws Exception {
        SessionPair pair = SessionPair.establish();
        BatchSealer other = new BatchSealer(pair.source().takeSendingKey(), SessionPair.MIGRATION,
                Direction.TO_DESTINATION);
        byte[] wire = other.seal(BatchKind.IMAGE, 0, false, new byte[1], 0, 1).wire();
        requireRejected(Reason.NOT_AUTHENTIC, () -> opener.open(wire));
    }

    private static void requireRejected(Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(BatchRejected.class,
                rejected -> assertThat(rejected.reason()).isEqualTo(reason));
    }
}
