package dev.caravan.tpm;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * The TPMS_ATTEST of a quote with its TPMS_QUOTE_INFO (TPM 2.0 Part 2, 10.12.4), parsed but not judged.
 *
 * @param common    what every attestation has
 * @param banks     the PCRs that it is over
 * @param pcrDigest digest over their values
 */
record QuoteAttestation(Attestation common, List<Bank> banks, byte[] pcrDigest) {

    /** The name in reasons. */
    static final String WHAT = "the quote";

    private static final int MAX_BANKS = 16;

    /**
     * TPMS_PCR_SELECTION.
     *
     * @param hash   TPM_ALG_ID of the bank
     * @param bitmap bit {@code i % 8} of byte {@code i / 8} for PCR i
     */
    record Bank(int hash, byte[] bitmap) {
    }

    static QuoteAttestation parse(byte[] attest) throws QuoteRejected {
        Attestation common = Attestation.of(attest, Attestation.TPM_ST_ATTEST_QUOTE, WHAT);
        WireReader reader = common.attested();
        List<Bank> banks = banks(reader);
        byte[] pcrDigest = reader.sized(Attestation.MAX_DIGEST_BYTES);
        reader.requireEnd();
        return new QuoteAttestation(common, banks, pcrDigest);
    }

    /** Whether these are the values that were quoted. */
    boolean isOver(SortedMap<Integer, byte[]> pcrs) {
        return MessageDigest.isEqual(pcrDigest, Sha256.of(pcrs.values().toArray(byte[][]::new)));
    }

    private static List<Bank> banks(WireReader reader) throws QuoteRejected {
        int count = reader.u32();
        if (count < 0 || count > MAX_BANKS) {
            throw new QuoteRejected("the quote is over " + Integer.toUnsignedString(count) + " PCR banks");
        }
        List<Bank> banks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            banks.add(new Bank(reader.u16(), reader.bytes(reader.u8())));
        }
        return Collections.unmodifiableList(banks);
    }
}
