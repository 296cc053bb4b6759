package dev.caravan.stream;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * LZ4 of records. Time matters more than ratio here: what hardly shrinks takes LZ4 longer than its way through a broker
 * takes (1 MiB that shrinks by a fifth: 4 ms against 1.5 ms). So a record is compressed only when a sample from its middle
 * shrinks to half, and stored as it is when the whole does not shrink by a quarter. Thread-safe.
 */
final class RecordCompressor {

    private static final int SAMPLE = 4096;
    private static final LZ4Compressor COMPRESSOR = LZ4Factory.fastestInstance().fastCompressor();
    private static final LZ4SafeDecompressor DECOMPRESSOR = LZ4Factory.fastestInstance().safeDecompressor();

    /** Bytes that must be free in the target for a record of the largest size. */
    static final int BOUND = COMPRESSOR.maxCompressedLength(BatchHeader.RECORD_PLAIN);

    private RecordCompressor() {
    }

    /**
     * Compresses a record when that pays.
     *
     * @return bytes written to the target, or 0 when the record is better stored as it is
     */
    static int compress(byte[] plain, int offset, int length, byte[] target, int at) {
        if (length > 4 * SAMPLE && squeeze(plain, offset + length / 2, SAMPLE, target, at) > SAMPLE / 2) {
            return 0;
        }
        int compressed = squeeze(plain, offset, length, target, at);
        return compressed < length - length / 4 ? compressed : 0;
    }

    /** Whether {@code length} compressed bytes gave exactly {@code plainLength} bytes at {@code at}. */
    static boolean decompress(byte[] compressed, int length, byte[] target, int at, int plainLength) {
        try {
            return DECOMPRESSOR.decompress(compressed, 0, length, target, at, plainLength) == plainLength;
        } catch (LZ4Exception e) {
            return false;
        }
    }

    private static int squeeze(byte[] plain, int offset, int length, byte[] target, int at) {
        return COMPRESSOR.compress(plain, offset, length, target, at, target.length - at);
    }
}
