package dev.caravan.stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.caravan.fuzz.Parser;
import dev.caravan.fuzz.Parsers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** What a stranger writes to a batch queue, and what an authentic but hostile peer seals. */
class BatchFuzzTest {
    private static final long SMALL = 256 * 1024;
    /** A joiner's limit; small, so that a fuzzer's input can reach it. */
    private static final int LIMIT = 1024;
    private static final BatchOpener OPENER = SessionPair.opener();
    private static final Parsers PARSERS = parsers();

    private static Parsers parsers() {
        try {
            BatchSealer sealer = SessionPair.sealer();
            byte[] shrinks = new byte[70_000];
            byte[] compressed = sealer.seal(BatchKind.IMAGE, 3, true, shrinks, 0, shrinks.length).wire();
            byte[] stored = sealer.seal(BatchKind.WANT, 0, false, new byte[]{1, 2, 3}, 0, 3).wire();
            return Parsers.of(
                    Parser.of('h', BatchRejected.class, SMALL, 1, BatchFuzzTest::header).from(compressed, stored),
                    Parser.of('w', BatchRejected.class, SMALL, 1, BatchFuzzTest::stranger).from(stored),
                    // the cipher that seals is the test's
                    Parser.of('s', BatchRejected.class, 4 * SMALL, 8, BatchFuzzTest::sealed).from(unsealed(compressed),
                            unsealed(stored)),
                    Parser.of('a', BatchRejected.class, SMALL, 8, BatchFuzzTest::acknowledgement)
                            .from(Acknowledgement.of(5, List.of(7L, 8L, 11L)).encode()),
                    Parser.of('j', IOException.class, SMALL, 256, BatchFuzzTest::joined)
                            .from(new byte[]{(byte) 0x81, 2, 9, 9, 1, 1, 9, 2, 0}));
        } catch (IOException | BatchRejected e) {
            throw new IllegalStateException("the examples are valid", e);
        }
    }

    static Stream<byte[]> examples() {
        return PARSERS.examples();
    }

    @Test
    void examplesAreTaken() throws Exception {
        PARSERS.takeTheirExamples();
    }

    @Timeout(20)
    @MethodSource("examples")
    @FuzzTest
    void anythingIsTakenOrRefused(byte[] input) throws Exception {
        PARSERS.takeOrRefuse(input);
    }

    private static void header(byte[] wire) throws BatchRejected {
        byte[] again = wire.clone();
        BatchHeader.read(wire).write(again);
        Parser.require(Arrays.equals(again, wire), "a header that no sender writes was taken");
    }

    private static void stranger(byte[] wire) throws BatchRejected {
        Batch batch = OPENER.open(wire);
        Parser.require(batch.header().number() <= 1, "a batch that nobody sealed was opened");
    }

    /** The batch with its records as they were before they were encrypted. */
    private static byte[] unsealed(byte[] wire) throws BatchRejected {
        byte[] plain = wire.clone();
        BatchHeader header = BatchHeader.read(wire);
        RecordCipher cipher = new RecordCipher(SessionPair.key());
        int at = BatchHeader.BYTES;
        for (int i = 0; i < header.records(); i++) {
            int word = ByteBuffer.wrap(wire).getInt(at);
            at += BatchHeader.RECORD_HEAD;
            int length = (word & ~BatchHeader.COMPRESSED) + BatchHeader.TAG;
            Parser.require(cipher.open(wire, header.number(), i, word, at, length, plain, at), "not sealed");
            at += length;
        }
        return plain;
    }

    /** Turns the input into a batch of this session whose records are authentic, whatever they hold. */
    private static void sealed(byte[] input) throws BatchRejected {
        byte[] wire = input.clone();
        if (wire.length >= BatchHeader.BYTES) {
            ByteBuffer header = ByteBuffer.wrap(wire);
            int plain = (header.getInt(36) & Integer.MAX_VALUE) % (3 * BatchHeader.RECORD_PLAIN);
            new BatchHeader(BatchKind.IMAGE, Direction.TO_DESTINATION, false, SessionPair.MIGRATION, 7, 0, plain)
                    .write(wire);
            RecordCipher cipher = new RecordCipher(SessionPair.key());
            int at = BatchHeader.BYTES;
            for (int i = 0; i < BatchHeader.records(plain) && wire.length - at >= BatchHeader.RECORD_HEAD; i++) {
                int word = header.getInt(at);
                int length = word & ~BatchHeader.COMPRESSED;
                at += BatchHeader.RECORD_HEAD;
                if (length > wire.length - at - BatchHeader.TAG) {
                    break;
                }
                at += cipher.seal(wire, 7, i, word, wire.clone(), at, length, at);
            }
        }
        Batch batch = OPENER.open(wire);
        Parser.require(batch.length() <= batch.buffer().length, "more content than there is room for");
    }

    private static void acknowledgement(byte[] content) throws BatchRejected {
        Parser.require(Arrays.equals(Acknowledgement.decode(batch(BatchKind.ACK, false, content)).encode(), content),
                "an acknowledgement that no receiver writes was taken");
    }

    /** Batches: one byte for kind and whether more follows, one for the length, the content. */
    private static void joined(byte[] input) throws IOException {
        MessageJoiner joiner = new MessageJoiner(
                message -> Parser.require(message.bytes().length <= LIMIT, "a message beyond the limit"), LIMIT);
        ByteBuffer in = ByteBuffer.wrap(input);
        while (in.remaining() >= 2) {
            int head = in.get();
            byte[] content = new byte[Math.min(in.get() & 0xff, in.remaining())];
            in.get(content);
            BatchKind kind = BatchKind.values()[(head & 0x7f) % BatchKind.values().length];
            joiner.handle(batch(kind, head < 0, content));
        }
    }

    private static Batch batch(BatchKind kind, boolean more, byte[] content) {
        return new Batch(new BatchHeader(kind, Direction.TO_SOURCE, more, SessionPair.MIGRATION, 0, 0, content.length),
                content);
    }
}
