package dev.caravan.tpm;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/** SHA-256, the only hash that Caravan has a TPM use. */
final class Sha256 {
    /** Length of a digest. */
    static final int BYTES = 32;

    /** TPM_ALG_SHA256 (TCG Algorithm Registry). */
    static final int TPM_ALG = 0x000b;

    private Sha256() {
    }

    /** The digest of the parts, one after the other. */
    static byte[] of(byte[]... parts) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                sha256.update(part);
            }
            return sha256.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
