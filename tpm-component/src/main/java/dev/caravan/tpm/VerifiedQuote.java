package dev.caravan.tpm;

import java.util.SortedMap;

/**
 * What a quote proves once every check passed.
 *
 * @param pcrs            values of the SHA-256 bank by PCR index
 * @param clock           milliseconds that the TPM was powered, by its clock
 * @param resetCount      TPM resets, obfuscated per key for an AIK outside the endorsement hierarchy: compare only
 *                        between quotes of one key
 * @param restartCount    TPM restarts and resumes since the last reset
 * @param firmwareVersion the TPM's firmware, obfuscated in the same way
 * @param pcrDigest       SHA-256 over the values
 */
public record VerifiedQuote(SortedMap<Integer, byte[]> pcrs, long clock, int resetCount, int restartCount,
        long firmwareVersion, byte[] pcrDigest) {

    /**
     * Requires that the platform has not been reset, restarted or moved back in time since an earlier quote of the same
     * key.
     */
    public void requireSameBootAs(VerifiedQuote earlier) throws QuoteRejected {
        if (resetCount != earlier.resetCount) {
            throw new QuoteRejected("the TPM was reset between the two quotes");
        }
        if (restartCount != earlier.restartCount) {
            throw new QuoteRejected("the TPM was restarted between the two quotes");
        }
        if (firmwareVersion != earlier.firmwareVersion) {
            throw new QuoteRejected("the TPM's firmware changed between the two quotes");
        }
        if (Long.compareUnsigned(clock, earlier.clock) < 0) {
            throw new QuoteRejected("the TPM's clock went back between the two quotes");
        }
    }
}
