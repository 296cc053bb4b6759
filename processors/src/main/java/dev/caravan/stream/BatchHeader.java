package dev.caravan.stream;

import dev.caravan.stream.BatchRejected.Reason;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The fixed start of every batch, and the wire format. All integers are big-endian.
 *
 * <pre>
 * offset size
 *  0     4    magic "CRVB"
 *  4     1    version, 1
 *  5     1    kind, see {@link BatchKind}
 *  6     1    direction: 1 to the destination, 2 to the source
 *  7     1    flags: 1 = the message goes on in the next batch of this kind, of an acknowledgement: its sender has
 *             nothing to work on; the other bits are zero
 *  8     16   migration, UUID
 *  24    8    number. Acknowledgements count by themselves, with the top bit set
 *  32    4    round
 *  36    4    length of the plain content, 0 to 1 MiB
 *  40    2    number of records: one for each 64 KiB of plain content, at least one
 *  42    2    zero
 * then each record:
 *  0     4    bit 31: LZ4-compressed; the other bits: length n of what is stored, at most the record's plain length
 *  4     n    AES-256-GCM ciphertext; nonce = number (8 bytes), index of the record (4 bytes);
 *             associated data = header, the record's first 4 bytes
 *  4+n   16   tag
 * </pre>
 *
 * <p>The header is not secret, and it is believed only once the records have been opened with it.
 *
 * @param kind        what is carried
 * @param direction   which way
 * @param more        whether the message goes on in the next batch of this kind; of an acknowledgement, whether its
 *                    sender has nothing to work on
 * @param migrationId the migration
 * @param number      0 to {@link #MAX_NUMBER}, with {@link #ACK_BIT} exactly for acknowledgements
 * @param round       pre-copy round, 0 when there is only one
 * @param plainLength bytes of content, 0 to {@value #MAX_PLAIN}
 */
public record BatchHeader(BatchKind kind, Direction direction, boolean more, UUID migrationId, long number, int round,
        int plainLength) {

    /** Bytes of a header. */
    public static final int BYTES = 44;
    /**
     * Plain bytes of every record but the last. Beyond 64 KiB the JDK's cipher takes another path, which stays slow for
     * thousands of calls more.
     */
    public static final int RECORD_PLAIN = 64 << 10;
    /**
     * Most bytes of plain content in one batch: with all that a broker adds it stays below 1 MiB, for buffers grow to powers
     * of two.
     */
    public static final int MAX_PLAIN = 15 * RECORD_PLAIN;
    /** Bytes of an authentication tag. */
    public static final int TAG = 16;
    /** Bytes before a record's ciphertext. */
    public static final int RECORD_HEAD = 4;
    /** Most bytes of a sealed batch. */
    public static final int MAX_WIRE = wireBound(MAX_PLAIN);
    /**
     * The last number that one key may seal. 2^24 batches of 1 MiB are 2^40 AES blocks, which leaves an attacker who tells
     * ciphertext from noise an advantage below 2^-48.
     */
    public static final long MAX_NUMBER = (1L << 24) - 1;
    /** Set in the number of an acknowledgement, so that it never shares a nonce with another batch. */
    public static final long ACK_BIT = Long.MIN_VALUE;

    static final int COMPRESSED = 1 << 31;

    private static final int MAGIC = 0x43525642;
    /** The version that every version of the protocol has so far, see {@link dev.caravan.session.ProtocolVersion}. */
    static final int VERSION = 1;
    private static final int MORE = 1;
    private static final int NUMBER_OFFSET = 24;

    /** Number of records for so much plain content. */
    static int records(int plainLength) {
        return Math.max(1, (plainLength + RECORD_PLAIN - 1) / RECORD_PLAIN);
    }

    /** Most bytes that so much plain content takes when sealed. */
    static int wireBound(int plainLength) {
        return BYTES + plainLength + records(plainLength) * (RECORD_HEAD + TAG);
    }

    /** Number of records in this batch. */
    public int records() {
        return records(plainLength);
    }

    /** Plain bytes of record {@code index}. */
    int recordLength(int index) {
        return Math.min(RECORD_PLAIN, plainLength - index * RECORD_PLAIN);
    }

    /** Writes this header to the first {@link #BYTES} bytes of {@code target}. */
    void write(byte[] target) {
        ByteBuffer.wrap(target).putInt(MAGIC).put((byte) VERSION).put((byte) kind.code()).put((byte) direction.code())
                .put((byte) (more ? MORE : 0)).putLong(migrationId.getMostSignificantBits())
                .putLong(migrationId.getLeastSignificantBits()).putLong(number).putInt(round).putInt(plainLength)
                .putShort((short) records()).putShort((short) 0);
    }

    /**
     * Reads the header of a sealed batch, and checks all that can be checked without a key.
     *
     * @throws BatchRejected when these bytes are not a batch, or its number is beyond what one key may seal
     */
    public static BatchHeader read(byte[] wire) throws BatchRejected {
        require(wire.length >= BYTES + RECORD_HEAD + TAG && wire.length <= MAX_WIRE, "size");
        ByteBuffer in = ByteBuffer.wrap(wire);
        require(in.getInt() == MAGIC, "magic");
        int version = in.get();
        require(version == VERSION, "its header has version " + version + ", version " + VERSION + " is read here");
        BatchKind kind = BatchKind.of(in.get());
        Direction direction = Direction.of(in.get());
        int flags = in.get();
        require((flags & ~MORE) == 0, "flags");
        UUID migrationId = new UUID(in.getLong(), in.getLong());
        long number = in.getLong();
        require(number < 0 == (kind == BatchKind.ACK), "number's top bit");
        if ((number & ~ACK_BIT) > MAX_NUMBER) {
            throw new BatchRejected(Reason.NUMBER_OUT_OF_RANGE, "number beyond what one key may seal");
        }
        int round = in.getInt();
        int plainLength = in.getInt();
        require(plainLength >= 0 && plainLength <= MAX_PLAIN, "plain length");
        require(in.getShort() == records(plainLength), "number of records");
        require(in.getShort() == 0, "reserved bytes");
        return new BatchHeader(kind, direction, (flags & MORE) != 0, migrationId, number, round, plainLength);
    }

    /** The number in a header that this side has written. */
    static long number(byte[] wire) {
        return ByteBuffer.wrap(wire).getLong(NUMBER_OFFSET);
    }

    private static void require(boolean holds, String what) throws BatchRejected {
        if (!holds) {
            throw new BatchRejected(Reason.MALFORMED, "malformed batch: " + what);
        }
    }
}
