package dev.caravan.attestation;

import dev.caravan.tpm.Quote;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a platform shows of itself.
 *
 * @param aikCertificate      DER, by the hardware authority
 * @param platformCertificate DER, by the owner authority
 * @param attest              TPMS_ATTEST of the quote
 * @param signature           TPMT_SIGNATURE of the quote
 * @param pcrs                the values that were quoted
 */
public record Evidence(byte[] aikCertificate, byte[] platformCertificate, byte[] attest, byte[] signature,
        Map<Integer, byte[]> pcrs) {

    /** Longer evidence is refused before it is parsed. */
    public static final int MAX_BYTES = 64 * 1024;

    public static Evidence of(byte[] aikCertificate, byte[] platformCertificate, Quote quote) {
        return new Evidence(aikCertificate, platformCertificate, quote.attest(), quote.signature(), quote.pcrs());
    }

    /** The quote in it. */
    public Quote quote() {
        return new Quote(attest, signature, new TreeMap<>(pcrs));
    }

    public byte[] toJson() {
        return WireJson.write(this);
    }

    /**
     * Reads evidence.
     *
     * @throws IllegalArgumentException if it is malformed
     */
    public static Evidence parse(byte[] json) {
        if (json.length > MAX_BYTES) {
            throw new IllegalArgumentException("evidence of " + json.length + " bytes; at most " + MAX_BYTES);
        }
        try {
            Evidence evidence = WireJson.read(json, Evidence.class);
            if (evidence.aikCertificate() == null || evidence.platformCertificate() == null
                    || evidence.attest() == null || evidence.signature() == null || evidence.pcrs() == null
                    || evidence.pcrs().containsValue(null)) {
                throw new IllegalArgumentException("evidence lacks a field");
            }
            return evidence;
        } catch (MalformedJson e) {
            throw new IllegalArgumentException("evidence is malformed: " + e.getMessage(), e);
        }
    }
}
