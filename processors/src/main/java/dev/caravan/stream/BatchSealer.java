package dev.caravan.stream;

import dev.caravan.session.SessionKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.UUID;

/**
 * Seals the batches of one direction of one session. Thread-safe.
 *
 * <p>Nonce discipline: numbers are given here, each one once, from 0 upwards, and a key is given to one sealer only
 * (which {@link dev.caravan.session.Session} sees to). After {@link BatchHeader#MAX_NUMBER} nothing is sealed any more.
 */
public final class BatchSealer implements AutoCloseable {

    private final UUID migrationId;
    private final Direction direction;
    private final RecordCipher cipher;
    private final byte[] compressed = new byte[BatchHeader.records(BatchHeader.MAX_PLAIN) * RecordCompressor.BOUND];
    private final int[] stored = new int[BatchHeader.records(BatchHeader.MAX_PLAIN)];
    private long nextNumber;
    private long nextAcknowledgement;
    private boolean closed;

    /** Seals with a key that no one else seals with. */
    public BatchSealer(SessionKey key, UUID migrationId, Direction direction) {
        this(key, migrationId, direction, 0);
    }

    BatchSealer(SessionKey key, UUID migrationId, Direction direction, long firstNumber) {
        this.migrationId = migrationId;
        this.direction = direction;
        this.cipher = new RecordCipher(key);
        this.nextNumber = firstNumber;
        this.nextAcknowledgement = firstNumber;
    }

    /**
     * Seals the next batch.
     *
     * @param length 0 to {@link BatchHeader#MAX_PLAIN}
     * @throws NumbersExhausted when the key has sealed all that it may
     * @throws IOException      when this sealer is closed
     */
    public synchronized SealedBatch seal(BatchKind kind, int round, boolean more, byte[] plain, int offset, int length)
            throws IOException {
        if (length > BatchHeader.MAX_PLAIN) {
            throw new IllegalArgumentException("a batch holds at most " + BatchHeader.MAX_PLAIN + " bytes");
        }
        Objects.checkFromIndexSize(offset, length, plain.length);
        if (closed) {
            throw new IOException("the batch stream is closed");
        }
        BatchHeader header = new BatchHeader(kind, direction, more, migrationId, takeNumber(kind), round, length);
        byte[] wire = new byte[compress(header, plain, offset)];
        header.write(wire);
        int at = BatchHeader.BYTES;
        for (int i = 0; i < header.records(); i++) {
            boolean small = stored[i] > 0;
            int size = small ? stored[i] : header.recordLength(i);
            int word = small ? size | BatchHeader.COMPRESSED : size;
            ByteBuffer.wrap(wire).putInt(at, word);
            at += BatchHeader.RECORD_HEAD;
            at += cipher.seal(wire, header.number(), i, word, small ? compressed : plain,
                    small ? i * RecordCompressor.BOUND : offset + i * BatchHeader.RECORD_PLAIN, size, at);
        }
        return new SealedBatch(header.number(), wire);
    }

    /** The number of the next batch that is not an acknowledgement. */
    public synchronized long nextNumber() {
        return nextNumber;
    }

    /** Lets go of the key. */
    @Override
    public synchronized void close() {
        closed = true;
        cipher.close();
    }

    private long takeNumber(BatchKind kind) throws NumbersExhausted {
        boolean acknowledgement = kind == BatchKind.ACK;
        if ((acknowledgement ? nextAcknowledgement : nextNumber) > BatchHeader.MAX_NUMBER) {
            throw new NumbersExhausted();
        }
        return acknowledgement ? BatchHeader.ACK_BIT | nextAcknowledgement++ : nextNumber++;
    }

    /** Compresses what pays, and returns the bytes that the whole batch will take. */
    private int compress(BatchHeader header, byte[] plain, int offset) {
        int size = BatchHeader.BYTES;
        for (int i = 0; i < header.records(); i++) {
            int length = header.recordLength(i);
            stored[i] = length == 0
                    ? 0
                    : RecordCompressor.compress(plain, offset + i * BatchHeader.RECORD_PLAIN, length,
                            compressed, i * RecordCompressor.BOUND);
            size += BatchHeader.RECORD_HEAD + (stored[i] > 0 ? stored[i] : length) + BatchHeader.TAG;
        }
        return size;
    }
}
