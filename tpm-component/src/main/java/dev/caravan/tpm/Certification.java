package dev.caravan.tpm;

import java.util.Objects;

/**
 * A TPM's statement, signed by an AIK, that a key is loaded in it (TPM2_Certify; TPM 2.0 Part 3, 18.2); not verified.
 *
 * @param attest    TPMS_ATTEST, exactly the bytes that were signed (at most {@value Quote#MAX_ATTEST_BYTES})
 * @param signature TPMT_SIGNATURE (at most {@value Quote#MAX_SIGNATURE_BYTES})
 */
public record Certification(byte[] attest, byte[] signature) {

    public Certification {
        Objects.requireNonNull(attest, "attest");
        Objects.requireNonNull(signature, "signature");
    }
}
