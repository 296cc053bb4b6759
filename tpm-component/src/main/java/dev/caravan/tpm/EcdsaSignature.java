package dev.caravan.tpm;

import java.io.IOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERSequence;

/**
 * An ECDSA signature over P-256 with SHA-256.
 *
 * @param r 1 to the curve's order - 1
 * @param s 1 to the curve's order - 1
 */
record EcdsaSignature(BigInteger r, BigInteger s) {
    private static final int TPM_ALG_ECDSA = 0x0018;

    /** Parses a TPMT_SIGNATURE (TPM 2.0 Part 2, 11.3.4). */
    static EcdsaSignature parse(byte[] tpmtSignature) throws QuoteRejected {
        if (tpmtSignature.length > Quote.MAX_SIGNATURE_BYTES) {
            throw new QuoteRejected("the signature is longer than " + Quote.MAX_SIGNATURE_BYTES + " bytes");
        }
        WireReader signature = new WireReader(tpmtSignature, "the signature");
        int algorithm = signature.u16();
        if (algorithm != TPM_ALG_ECDSA) {
            throw new QuoteRejected(String.format("the signature's algorithm 0x%04x is not ECDSA", algorithm));
        }
        int hash = signature.u16();
        if (hash != Sha256.TPM_ALG) {
            throw new QuoteRejected(String.format("the signature's hash 0x%04x is not SHA-256", hash));
        }
        BigInteger r = new BigInteger(1, signature.sized(P256.BYTES));
        BigInteger s = new BigInteger(1, signature.sized(P256.BYTES));
        signature.requireEnd();
        // some Java versions took zeros as anybody's signature of anything (CVE-2022-21449)
        if (!P256.isScalar(r) || !P256.isScalar(s)) {
            throw new QuoteRejected("the signature's numbers are out of range");
        }
        return new EcdsaSignature(r, s);
    }

    /** The DER that the JCA takes. */
    byte[] toDer() {
        try {
            return new DERSequence(new ASN1Integer[]{new ASN1Integer(r), new ASN1Integer(s)}).getEncoded();
        } catch (IOException e) {
            throw new IllegalStateException("two integers can always be encoded", e);
        }
    }
}
