package dev.caravan.tpm;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * The TPMS_ATTEST of a quote (TPM 2.0 Part 2, 10.12.12), parsed but not judged.
 *
 * @param magic     TPM_GENERATED_VALUE, if a TPM made it
 * @param extraData what it is bound to
 * @param banks     the PCRs that it is over
 * @param pcrDigest digest over their values
 */
record QuoteAttestation(int magic, byte[] extraData, long clock, int resetCount, int restartCount, long firmwareVersion,
        List<Bank> banks, byte[] pcrDigest) {

    private static final int TPM_ST_ATTEST_QUOTE = 0x8018;
    private static final int MAX_DIGEST_BYTES = 64;
    private static final int MAX_NAME_BYTES = 2 + MAX_DIGEST_BYTES;
    private static final int MAX_BANKS = 16;

    /**
     * TPMS_PCR_SELECTION.
     *
     * @param hash   TPM_ALG_ID of the bank
     * @param bitmap bit {@code i % 8} of byte {@code i / 8} for PCR i
     */
    record Bank(int hash, byte[] bitmap) {
    }

    /** Parses a quote's attestation; one of another type has another layout and is refused. */
    static QuoteAttestation parse(byte[] attest) throws QuoteRejected {
        if (attest.length > Quote.MAX_ATTEST_BYTES) {
            throw new QuoteRejected("the quote is longer than " + Quote.MAX_ATTEST_BYTES + " bytes");
        }
        WireReader reader = new WireReader(attest, "the quote");
        int magic = reader.u32();
        int type = reader.u16();
        if (type != TPM_ST_ATTEST_QUOTE) {
            throw new QuoteRejected(String.format("the attestation is of type 0x%04x, not a quote", type));
        }
        // qualifiedSigner: it names the key's ancestors, which its certificate says nothing of
        reader.sized(MAX_NAME_BYTES);
        byte[] extraData = reader.sized(MAX_DIGEST_BYTES);
        long clock = reader.u64();
        int resetCount = reader.u32();
        int restartCount = reader.u32();
        if (reader.u8() > 1) {
            throw new QuoteRejected("the quote's clock information is malformed");
        }
        long firmwareVersion = reader.u64();
        List<Bank> banks = banks(reader);
        byte[] pcrDigest = reader.sized(MAX_DIGEST_BYTES);
        reader.requireEnd();
        return new QuoteAttestation(magic, extraData, clock, resetCount, restartCount, firmwareVersion, banks,
                pcrDigest);
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
