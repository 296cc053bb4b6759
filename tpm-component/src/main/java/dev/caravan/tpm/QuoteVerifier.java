package dev.caravan.tpm;

import java.security.PublicKey;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Verifies quotes (TPM 2.0 Part 2, 10.12; Part 3, 18.4) over the bytes that the TPM signed. Only ECDSA with SHA-256
 * over P-256 is taken, which is what an AIK of Caravan is. That the key is an AIK at all is for
 * {@link TpmPublicArea#requireAttestationKey} and for whoever certified it.
 */
public final class QuoteVerifier {
    private static final int TPM_ALG_SHA1 = 0x0004;

    private QuoteVerifier() {
    }

    /**
     * Verifies a quote; nothing of it is returned before every check has passed.
     *
     * @param aik       the attestation key, certified by somebody whom the caller trusts
     * @param extraData what the quote must be bound to
     * @param expected  the PCRs that were asked for
     * @throws QuoteRejected with the first check that fails
     */
    public static VerifiedQuote verify(Quote quote, PublicKey aik, byte[] extraData, PcrSelection expected)
            throws QuoteRejected {
        Attestation.requireSignature(quote.attest(), quote.signature(), aik, QuoteAttestation.WHAT);
        QuoteAttestation attestation = QuoteAttestation.parse(quote.attest());
        attestation.common().requireGeneratedByTpm();
        attestation.common().requireExtraData(extraData);
        requireSha256BankOnly(attestation);
        requireSelection(attestation, expected);
        SortedMap<Integer, byte[]> pcrs = requireValuesOf(quote, expected);
        requireQuotedValues(attestation, pcrs);
        return new VerifiedQuote(aik, pcrs, attestation.common().clockInfo(), attestation.common().firmwareVersion(),
                attestation.pcrDigest());
    }

    /** For SHA-1, PCR values can be found that another software would not have left. */
    private static void requireSha256BankOnly(QuoteAttestation attestation) throws QuoteRejected {
        if (attestation.banks().size() != 1) {
            throw new QuoteRejected("the quote is over " + attestation.banks().size() + " PCR banks, not one");
        }
        int bank = attestation.banks().get(0).hash();
        if (bank == TPM_ALG_SHA1) {
            throw new QuoteRejected("the quote is over the SHA-1 bank");
        }
        if (bank != Sha256.TPM_ALG) {
            throw new QuoteRejected(String.format("the quote is over bank 0x%04x, not SHA-256", bank));
        }
    }

    /** Fewer PCRs would hide what was changed. */
    private static void requireSelection(QuoteAttestation attestation, PcrSelection expected) throws QuoteRejected {
        byte[] wanted = expected.bitmap();
        byte[] bitmap = attestation.banks().get(0).bitmap();
        int length = Math.max(bitmap.length, wanted.length);
        if (!Arrays.equals(Arrays.copyOf(bitmap, length), Arrays.copyOf(wanted, length))) {
            throw new QuoteRejected("the quote is not over the PCRs that were asked for");
        }
    }

    /** A value for each PCR that was asked for and for no other; copies, so that they stay what was verified. */
    private static SortedMap<Integer, byte[]> requireValuesOf(Quote quote, PcrSelection expected)
            throws QuoteRejected {
        if (!quote.pcrs().keySet().equals(expected.indexes())) {
            throw new QuoteRejected("values for PCRs " + quote.pcrs().keySet() + " were given, those of "
                    + expected.indexes() + " are needed");
        }
        SortedMap<Integer, byte[]> values = new TreeMap<>();
        for (int index : expected.indexes()) {
            byte[] value = quote.pcrs().get(index);
            if (value == null || value.length != Sha256.BYTES) {
                throw new QuoteRejected("the value of PCR " + index + " is not 32 bytes long");
            }
            values.put(index, value.clone());
        }
        return Collections.unmodifiableSortedMap(values);
    }

    /** The TPM signed a digest only: it is recomputed from the values that came beside it. */
    private static void requireQuotedValues(QuoteAttestation attestation, SortedMap<Integer, byte[]> pcrs)
            throws QuoteRejected {
        if (!attestation.isOver(pcrs)) {
            throw new QuoteRejected("the PCR values are not those that were quoted");
        }
    }
}
