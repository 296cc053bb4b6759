package dev.caravan.tpm;

import java.util.Objects;
import java.util.SortedMap;

/**
 * A quote as a TPM made it, not verified.
 *
 * @param attest    TPMS_ATTEST, exactly the bytes that were signed (at most {@value #MAX_ATTEST_BYTES})
 * @param signature TPMT_SIGNATURE
 * @param pcrs      the values that the quote is said to be over, by PCR index; SHA-256 bank, 32 bytes each
 */
public record Quote(byte[] attest, byte[] signature, SortedMap<Integer, byte[]> pcrs) {

    /** Longer attestation structures are refused before they are parsed. */
    public static final int MAX_ATTEST_BYTES = 2048;
    /** Longer signatures are refused before they are parsed. */
    public static final int MAX_SIGNATURE_BYTES = 1024;

    public Quote {
        Objects.requireNonNull(attest, "attest");
        Objects.requireNonNull(signature, "signature");
        Objects.requireNonNull(pcrs, "pcrs");
    }
}
