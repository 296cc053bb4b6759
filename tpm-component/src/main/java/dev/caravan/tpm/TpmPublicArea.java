package dev.caravan.tpm;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;

/**
 * The public area of an ECC P-256 key that signs with ECDSA and SHA-256 (TPMT_PUBLIC, TPM 2.0 Part 2, 12.2.4): what
 * AIKs and agent keys of Caravan are. Parsed from bytes that somebody else made.
 *
 * @param attributes TPMA_OBJECT bits
 * @param publicKey  the key for the JCA; its point is on the curve
 * @param name       nameAlg and digest of the public area: the object's Name
 */
public record TpmPublicArea(int attributes, PublicKey publicKey, byte[] name) {

    /** A longer public area is refused before it is parsed. */
    public static final int MAX_BYTES = 512;

    static final int FIXED_TPM = 1 << 1;
    static final int FIXED_PARENT = 1 << 4;
    static final int SENSITIVE_DATA_ORIGIN = 1 << 5;
    static final int RESTRICTED = 1 << 16;
    static final int DECRYPT = 1 << 17;
    static final int SIGN = 1 << 18;

    private static final int TPM_ALG_ECC = 0x0023;
    private static final int TPM_ALG_NULL = 0x0010;
    private static final int TPM_ALG_ECDSA = 0x0018;
    private static final int TPM_ECC_NIST_P256 = 0x0003;
    private static final int MAX_POLICY_BYTES = 64;

    /**
     * Parses a TPMT_PUBLIC.
     *
     * @param publicArea at most {@link #MAX_BYTES}
     * @throws QuoteRejected if it is malformed or of another kind; its attributes are not judged here
     */
    public static TpmPublicArea parse(byte[] publicArea) throws QuoteRejected {
        if (publicArea.length > MAX_BYTES) {
            throw new QuoteRejected("the key's public area is longer than " + MAX_BYTES + " bytes");
        }
        WireReader area = new WireReader(publicArea, "the key's public area");
        require(area.u16() == TPM_ALG_ECC, "the key is not an ECC key");
        require(area.u16() == Sha256.TPM_ALG, "the key's name algorithm is not SHA-256");
        int attributes = area.u32();
        area.sized(MAX_POLICY_BYTES);
        require(area.u16() == TPM_ALG_NULL, "the key has a symmetric algorithm, as only storage keys have");
        require(area.u16() == TPM_ALG_ECDSA && area.u16() == Sha256.TPM_ALG,
                "the key's scheme is not ECDSA with SHA-256");
        require(area.u16() == TPM_ECC_NIST_P256, "the key's curve is not P-256");
        require(area.u16() == TPM_ALG_NULL, "the key has a key derivation scheme");
        BigInteger x = new BigInteger(1, area.sized(P256.BYTES));
        BigInteger y = new BigInteger(1, area.sized(P256.BYTES));
        area.requireEnd();
        return new TpmPublicArea(attributes, publicKey(x, y), name(publicArea));
    }

    /**
     * Requires that this can be an attestation key: made inside a TPM, unable to leave it, and signing nothing but what
     * the TPM itself generated.
     */
    public void requireAttestationKey() throws QuoteRejected {
        requireBornInTpm();
        require(has(RESTRICTED), "the AIK is not restricted: it would sign forged quotes");
        require(has(SIGN), "the AIK is no signing key");
        require(!has(DECRYPT), "the AIK may decrypt");
    }

    /** Requires that this can be an agent's key: made inside a TPM, unable to leave it, for signing only. */
    public void requireSigningKey() throws QuoteRejected {
        requireBornInTpm();
        require(!has(RESTRICTED), "the agent key is restricted: it could not sign messages");
        require(has(SIGN), "the agent key is no signing key");
        require(!has(DECRYPT), "the agent key may decrypt");
    }

    private void requireBornInTpm() throws QuoteRejected {
        require(has(FIXED_TPM), "the key can leave its TPM: fixedTPM is not set");
        require(has(FIXED_PARENT), "the key can get another parent: fixedParent is not set");
        require(has(SENSITIVE_DATA_ORIGIN), "the key was not made by the TPM: sensitiveDataOrigin is not set");
    }

    private boolean has(int attribute) {
        return (attributes & attribute) != 0;
    }

    private static void require(boolean condition, String reason) throws QuoteRejected {
        if (!condition) {
            throw new QuoteRejected(reason);
        }
    }

    private static byte[] name(byte[] publicArea) {
        return ByteBuffer.allocate(2 + Sha256.BYTES).putShort((short) Sha256.TPM_ALG).put(Sha256.of(publicArea))
                .array();
    }

    private static PublicKey publicKey(BigInteger x, BigInteger y) throws QuoteRejected {
        require(P256.contains(x, y), "the key is not a point on P-256");
        try {
            return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), P256.PARAMETERS));
        } catch (GeneralSecurityException e) {
            throw new QuoteRejected("the key is not a point on P-256", e);
        }
    }
}
