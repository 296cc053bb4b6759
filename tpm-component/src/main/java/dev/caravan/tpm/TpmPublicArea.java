package dev.caravan.tpm;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EllipticCurve;

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
    private static final int TPM_ALG_SHA256 = 0x000b;
    private static final int TPM_ALG_NULL = 0x0010;
    private static final int TPM_ALG_ECDSA = 0x0018;
    private static final int TPM_ECC_NIST_P256 = 0x0003;

    /** Parses a TPMT_PUBLIC. */
    public static TpmPublicArea parse(byte[] publicArea) throws QuoteRejected {
        if (publicArea.length > MAX_BYTES) {
            throw new QuoteRejected("the key's public area is longer than " + MAX_BYTES + " bytes");
        }
        WireReader area = new WireReader(publicArea, "the key's public area");
        require(area.u16() == TPM_ALG_ECC, "the key is not an ECC key");
        require(area.u16() == TPM_ALG_SHA256, "the key's name algorithm is not SHA-256");
        int attributes = area.u32();
        area.sized(64);
        require(area.u16() == TPM_ALG_NULL, "the key has a symmetric algorithm, as only storage keys have");
        require(area.u16() == TPM_ALG_ECDSA && area.u16() == TPM_ALG_SHA256,
                "the key's scheme is not ECDSA with SHA-256");
        require(area.u16() == TPM_ECC_NIST_P256, "the key's curve is not P-256");
        require(area.u16() == TPM_ALG_NULL, "the key has a key derivation scheme");
        BigInteger x = new BigInteger(1, area.sized(32));
        BigInteger y = new BigInteger(1, area.sized(32));
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
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(publicArea);
            byte[] name = new byte[2 + digest.length];
            name[1] = TPM_ALG_SHA256;
            System.arraycopy(digest, 0, name, 2, digest.length);
            return name;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static PublicKey publicKey(BigInteger x, BigInteger y) throws QuoteRejected {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            ECParameterSpec p256 = parameters.getParameterSpec(ECParameterSpec.class);
            require(isOnCurve(x, y, p256.getCurve()), "the key is not a point on P-256");
            return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), p256));
        } catch (GeneralSecurityException e) {
            throw new QuoteRejected("the key is not a point on P-256", e);
        }
    }

    private static boolean isOnCurve(BigInteger x, BigInteger y, EllipticCurve curve) {
        BigInteger p = ((java.security.spec.ECFieldFp) curve.getField()).getP();
        return x.compareTo(p) < 0 && y.compareTo(p) < 0 && y.multiply(y).mod(p)
                .equals(x.multiply(x).add(curve.getA()).multiply(x).add(curve.getB()).mod(p));
    }
}
