package dev.caravan.stream;

import dev.caravan.session.SessionKey;
import dev.caravan.stream.BatchRejected.Reason;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Opens the batches of one direction of one session. Stateless as to numbers: order and repetition are the business of
 * {@link BatchReceiver}. Not thread-safe.
 */
public final class BatchOpener implements AutoCloseable {

    private final UUID migrationId;
    private final Direction direction;
    private final RecordCipher cipher;
    private final byte[] plain = new byte[BatchHeader.MAX_PLAIN];
    private final byte[] scratch = new byte[BatchHeader.RECORD_PLAIN];

    public BatchOpener(SessionKey key, UUID migrationId, Direction direction) {
        this.migrationId = migrationId;
        this.direction = direction;
        this.cipher = new RecordCipher(key);
    }

    /** Reads the header of a batch and checks that it belongs here; nothing in it is authentic yet. */
    public BatchHeader readHeader(byte[] wire) throws BatchRejected {
        BatchHeader header = BatchHeader.read(wire);
        if (!header.migrationId().equals(migrationId)) {
            throw new BatchRejected(Reason.WRONG_MIGRATION, "batch of migration " + header.migrationId());
        }
        if (header.direction() != direction) {
            throw new BatchRejected(Reason.WRONG_DIRECTION, "batch " + header.direction());
        }
        return header;
    }

    /**
     * Opens a batch.
     *
     * @return the content, in this opener's own buffer: valid until the next call
     * @throws BatchRejected when any byte is not what the sender sealed
     */
    public Batch open(byte[] wire) throws BatchRejected {
        BatchHeader header = readHeader(wire);
        ByteBuffer words = ByteBuffer.wrap(wire);
        int at = BatchHeader.BYTES;
        for (int i = 0; i < header.records(); i++) {
            if (wire.length - at < BatchHeader.RECORD_HEAD + BatchHeader.TAG) {
                throw new BatchRejected(Reason.MALFORMED, "malformed batch: record " + i + " is missing");
            }
            int word = words.getInt(at);
            at += BatchHeader.RECORD_HEAD;
            boolean compressed = (word & BatchHeader.COMPRESSED) != 0;
            int stored = word & ~BatchHeader.COMPRESSED;
            int length = header.recordLength(i);
            if ((compressed ? stored > length : stored != length) || stored > wire.length - at - BatchHeader.TAG) {
                throw new BatchRejected(Reason.MALFORMED, "malformed batch: length of record " + i);
            }
            int target = i * BatchHeader.RECORD_PLAIN;
            if (!cipher.open(wire, header.number(), i, word, at, stored + BatchHeader.TAG, compressed ? scratch : plain,
                    compressed ? 0 : target)) {
                throw new BatchRejected(Reason.NOT_AUTHENTIC, "batch " + header.number() + " is not authentic");
            }
            if (compressed && !RecordCompressor.decompress(scratch, stored, plain, target, length)) {
                throw new BatchRejected(Reason.BAD_CONTENT, "batch " + header.number() + " does not decompress");
            }
            at += stored + BatchHeader.TAG;
        }
        if (at != wire.length) {
            throw new BatchRejected(Reason.MALFORMED, "malformed batch: bytes after the last record");
        }
        return new Batch(header, plain);
    }

    /** Lets go of the key. */
    @Override
    public void close() {
        cipher.close();
    }
}
