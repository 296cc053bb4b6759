package dev.caravan.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Seeded mutations of what a stranger, or a broken peer, can send. */
class BatchFuzzTest {

    private final Random random = new Random(20260711);

    @Test
    void openerEitherOpensTheOriginalOrRejects() throws Exception {
        BatchSealer sealer = SessionPair.sealer();
        BatchOpener opener = SessionPair.opener();
        for (int i = 0; i < 20_000; i++) {
            byte[] plain = new byte[random.nextInt(600)];
            if (random.nextBoolean()) {
                random.nextBytes(plain);
            }
            byte[] wire = sealer.seal(BatchKind.IMAGE, 0, false, plain, 0, plain.length).wire();
            byte[] mutated = mutate(wire);
            try {
                assertThat(opener.open(mutated).copy()).isEqualTo(plain);
                assertThat(mutated).isEqualTo(wire);
            } catch (BatchRejected expected) {
                assertThat(mutated).isNotEqualTo(wire);
            }
        }
    }

    @Test
    void acknowledgementsAreReadOrRejected() {
        for (int i = 0; i < 20_000; i++) {
            byte[] content = mutate(Acknowledgement.of(5, List.of(7L, 8L, 11L)).encode());
            try {
                Acknowledgement ack = Acknowledgement.decode(batch(BatchKind.ACK, content));
                assertThat(ack.encode()).isEqualTo(content);
            } catch (BatchRejected expected) {
                assertThat(expected.reason()).isEqualTo(BatchRejected.Reason.BAD_CONTENT);
            }
        }
    }

    @Test
    void fragmentsAreReadOrRefused() {
        ImageFragment.Sink within = new ImageFragment.Sink() {

            @Override
            public void data(String name, long offset, byte[] buffer, int at, int length) {
                assertThat(ImageFragment.isName(name)).isTrue();
                assertThat(at >= 0 && length > 0 && at + length <= buffer.length && offset >= 0).isTrue();
            }

            @Override
            public void covered(String name, long offset, int length, int zeroPages) {
                assertThat(offset + length).isGreaterThan(offset);
            }

            @Override
            public void end(String name, long length) {
                assertThat(length).isNotNegative();
            }
        };
        byte[] good = ImageFragmentTest.fragments();
        for (int i = 0; i < 20_000; i++) {
            byte[] content = mutate(good);
            try {
                ImageFragment.read(batch(BatchKind.IMAGE, content), within);
            } catch (IOException expected) {
                assertThat(expected).hasMessageStartingWith("malformed image fragment");
            }
        }
    }

    private static Batch batch(BatchKind kind, byte[] content) {
        return new Batch(new BatchHeader(kind, Direction.TO_SOURCE, false, SessionPair.MIGRATION, 0, 0, content.length),
                content);
    }

    private byte[] mutate(byte[] bytes) {
        byte[] mutated = bytes.clone();
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(Math.max(1, mutated.length));
            if (at < mutated.length) {
                mutated[at] = (byte) random.nextInt(256);
            }
        }
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(mutated, random.nextInt(mutated.length + 1));
            case 1 -> Arrays.copyOf(mutated, mutated.length + random.nextInt(40));
            default -> mutated;
        };
    }
}
