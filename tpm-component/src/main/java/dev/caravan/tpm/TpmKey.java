package dev.caravan.tpm;

import java.security.PublicKey;

/**
 * A key that lives in a TPM, as it is stored: only the TPM that made it can use it.
 *
 * @param publicArea  TPMT_PUBLIC as the TPM marshalled it
 * @param privateBlob contents of the TPM2B_PRIVATE: the private part, encrypted by the TPM's storage root key
 */
public record TpmKey(byte[] publicArea, byte[] privateBlob) {

    /** The public key, for the JCA. */
    public PublicKey publicKey() {
        return area().publicKey();
    }

    /** The object's Name. */
    public byte[] name() {
        return area().name();
    }

    private TpmPublicArea area() {
        try {
            return TpmPublicArea.parse(publicArea);
        } catch (QuoteRejected e) {
            throw new IllegalStateException("this platform's own key is malformed: " + e.getMessage(), e);
        }
    }
}
