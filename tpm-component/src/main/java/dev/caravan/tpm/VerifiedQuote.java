package dev.caravan.tpm;

import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a quote proves once every check passed.
 *
 * @param aik             the attestation key that signed it
 * @param pcrs            values of the SHA-256 bank by PCR index
 * @param clockInfo       the TPM's clock and its boots
 * @param firmwareVersion the TPM's firmware, obfuscated per key like {@link ClockInfo#resetCount}
 * @param pcrDigest       SHA-256 over the values
 */
public record VerifiedQuote(PublicKey aik, SortedMap<Integer, byte[]> pcrs, ClockInfo clockInfo, long firmwareVersion,
        byte[] pcrDigest) {

    /**
     * Requires that the platform is the one of an earlier quote and has not changed since: the same AIK, the same PCRs
     * with the same values, no reset, restart or update in between, and a clock that is safe and has not gone back.
     *
     * @throws QuoteRejected with the first difference
     */
    public void requireUnchangedSince(VerifiedQuote earlier) throws QuoteRejected {
        requireSameAik(earlier);
        requireSameBoot(earlier);
        requireSafeClock(earlier);
        requireSamePcrs(earlier);
    }

    private void requireSameAik(VerifiedQuote earlier) throws QuoteRejected {
        require(MessageDigest.isEqual(aik.getEncoded(), earlier.aik.getEncoded()),
                "the second quote is by another AIK than the first");
    }

    private void requireSameBoot(VerifiedQuote earlier) throws QuoteRejected {
        require(clockInfo.resetCount() == earlier.clockInfo.resetCount(), "the TPM was reset between the two quotes");
        require(clockInfo.restartCount() == earlier.clockInfo.restartCount(),
                "the TPM was restarted between the two quotes");
        require(firmwareVersion == earlier.firmwareVersion, "the TPM's firmware changed between the two quotes");
    }

    /** A clock that is not safe says nothing of the order of two quotes. */
    private void requireSafeClock(VerifiedQuote earlier) throws QuoteRejected {
        earlier.requireSafeClock("first");
        requireSafeClock("second");
        require(Long.compareUnsigned(clockInfo.clock(), earlier.clockInfo.clock()) >= 0,
                "the TPM's clock went back between the two quotes");
    }

    private void requireSafeClock(String which) throws QuoteRejected {
        require(clockInfo.safe(), "the TPM's clock is not safe in the " + which
                + " quote: it lost power without TPM2_Shutdown, and may have gone back");
    }

    private void requireSamePcrs(VerifiedQuote earlier) throws QuoteRejected {
        require(pcrs.keySet().equals(earlier.pcrs.keySet()), "the second quote is over PCRs " + pcrs.keySet()
                + ", the first over " + earlier.pcrs.keySet());
        for (Map.Entry<Integer, byte[]> pcr : pcrs.entrySet()) {
            byte[] before = earlier.pcrs.get(pcr.getKey());
            require(MessageDigest.isEqual(pcr.getValue(), before), "PCR " + pcr.getKey()
                    + " changed between the two quotes, from " + hex(before) + " to " + hex(pcr.getValue()));
        }
    }

    private static String hex(byte[] value) {
        return HexFormat.of().formatHex(value);
    }

    private static void require(boolean condition, String reason) throws QuoteRejected {
        if (!condition) {
            throw new QuoteRejected(reason);
        }
    }
}
