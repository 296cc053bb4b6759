package dev.caravan.attestation;

import dev.caravan.tpm.VerifiedQuote;
import java.util.List;

/**
 * The result of an appraisal.
 *
 * @param affirming whether the platform is to be trusted
 * @param reasons   what was found: for an affirming verdict what was checked, else what is wrong
 * @param quote     what the quote proves; null unless affirming
 */
public record Verdict(boolean affirming, List<String> reasons, VerifiedQuote quote) {

    static Verdict contraindicated(List<String> reasons) {
        return new Verdict(false, List.copyOf(reasons), null);
    }

    /**
     * This verdict, unless the TPM's clock is not safe: then no later quote could be shown to be of an unchanged platform
     * ({@link VerifiedQuote#requireUnchangedSince}).
     */
    public Verdict withSafeClock() {
        if (!affirming || quote.clockInfo().safe()) {
            return this;
        }
        return contraindicated(List.of("the TPM's clock is not safe: it lost power without TPM2_Shutdown, and may have"
                + " gone back; it is safe again when the TPM has next stored it, 70 minutes after its start at most"));
    }

    /** The verdict's word in reports: {@code affirming} or {@code contraindicated}. */
    public String label() {
        return affirming ? "affirming" : "contraindicated";
    }
}
