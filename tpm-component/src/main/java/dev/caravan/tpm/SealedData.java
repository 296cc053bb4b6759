package dev.caravan.tpm;

import java.nio.ByteBuffer;

/**
 * Data that a TPM sealed, as it is stored: only that TPM gives it out.
 *
 * @param publicArea  TPMT_PUBLIC as the TPM marshalled it
 * @param privateBlob contents of the TPM2B_PRIVATE: the data, encrypted by the TPM's storage root key
 */
public record SealedData(byte[] publicArea, byte[] privateBlob) {
    /** As much data can be sealed in one piece (TPM 2.0 Part 2, MAX_SYM_DATA). */
    public static final int MAX_BYTES = 128;

    private static final int MAX_PART = 512;

    /** Both parts, each behind its length in two bytes. */
    public byte[] toBytes() {
        return ByteBuffer.allocate(2 * Short.BYTES + publicArea.length + privateBlob.length)
                .putShort((short) publicArea.length).put(publicArea).putShort((short) privateBlob.length)
                .put(privateBlob).array();
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws QuoteRejected if it is malformed
     */
    public static SealedData parse(byte[] bytes) throws QuoteRejected {
        WireReader reader = new WireReader(bytes, "the sealed data");
        SealedData sealed = new SealedData(reader.sized(MAX_PART), reader.sized(MAX_PART));
        reader.requireEnd();
        return sealed;
    }
}
