package dev.caravan.attestation;

import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What this platform's TPM is to quote.
 *
 * @param extraData what the quote is bound to, at most 64 bytes (TPM 2.0 Library, part 2, TPM2B_DATA)
 * @param pcrs      the PCRs that are wanted, in SHA-256; none stand for those that the {@code tpm:} component quotes unasked
 */
public record QuoteRequest(byte[] extraData, SortedSet<Integer> pcrs) {
    public QuoteRequest {
        pcrs = new TreeSet<>(pcrs);
    }

    public QuoteRequest(byte[] extraData, Collection<Integer> pcrs) {
        this(extraData, new TreeSet<>(pcrs));
    }
}
