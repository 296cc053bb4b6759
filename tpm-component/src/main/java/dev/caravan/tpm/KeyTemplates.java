package dev.caravan.tpm;

import java.util.HexFormat;
import tss.tpm.TPMA_OBJECT;
import tss.tpm.TPMS_ECC_PARMS;
import tss.tpm.TPMS_ECC_POINT;
import tss.tpm.TPMS_NULL_ASYM_SCHEME;
import tss.tpm.TPMS_NULL_KDF_SCHEME;
import tss.tpm.TPMS_RSA_PARMS;
import tss.tpm.TPMS_SIG_SCHEME_ECDSA;
import tss.tpm.TPMS_KEYEDHASH_PARMS;
import tss.tpm.TPMS_NULL_SCHEME_KEYEDHASH;
import tss.tpm.TPM2B_DIGEST_KEYEDHASH;
import tss.tpm.TPMT_PUBLIC;
import tss.tpm.TPMT_SYM_DEF_OBJECT;
import tss.tpm.TPM2B_PUBLIC_KEY_RSA;
import tss.tpm.TPM_ALG_ID;
import tss.tpm.TPM_ECC_CURVE;

/** The keys that Caravan has a TPM make. */
final class KeyTemplates {
    /** PolicySecret(TPM_RH_ENDORSEMENT): TCG EK Credential Profile, PolicyA for SHA-256. */
    private static final byte[] EK_POLICY = HexFormat.of()
            .parseHex("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa");

    private KeyTemplates() {
    }

    /** Default EK template L-1: RSA 2048. The 256 zero bytes are part of it: without them another key comes out. */
    static TPMT_PUBLIC rsaEndorsementKey() {
        return new TPMT_PUBLIC(TPM_ALG_ID.SHA256, endorsementAttributes(), EK_POLICY,
                new TPMS_RSA_PARMS(aes128(), new TPMS_NULL_ASYM_SCHEME(), 2048, 0),
                new TPM2B_PUBLIC_KEY_RSA(new byte[256]));
    }

    /** Default EK template L-2: ECC P-256. */
    static TPMT_PUBLIC eccEndorsementKey() {
        return new TPMT_PUBLIC(TPM_ALG_ID.SHA256, endorsementAttributes(), EK_POLICY, storageParameters(), zeroPoint());
    }

    /** Storage root key: ECC P-256 (TCG TPM v2.0 Provisioning Guidance, 7.5.1). */
    static TPMT_PUBLIC storageRootKey() {
        return new TPMT_PUBLIC(TPM_ALG_ID.SHA256,
                new TPMA_OBJECT(TPMA_OBJECT.fixedTPM, TPMA_OBJECT.fixedParent, TPMA_OBJECT.sensitiveDataOrigin,
                        TPMA_OBJECT.userWithAuth, TPMA_OBJECT.noDA, TPMA_OBJECT.restricted, TPMA_OBJECT.decrypt),
                new byte[0], storageParameters(), zeroPoint());
    }

    /** Attestation key: signs nothing but what the TPM generated. */
    static TPMT_PUBLIC attestationKey() {
        return signing(new TPMA_OBJECT(TPMA_OBJECT.fixedTPM, TPMA_OBJECT.fixedParent, TPMA_OBJECT.sensitiveDataOrigin,
                TPMA_OBJECT.userWithAuth, TPMA_OBJECT.noDA, TPMA_OBJECT.restricted, TPMA_OBJECT.sign));
    }

    /** Agent key: signs messages. */
    static TPMT_PUBLIC signingKey() {
        return signing(new TPMA_OBJECT(TPMA_OBJECT.fixedTPM, TPMA_OBJECT.fixedParent, TPMA_OBJECT.sensitiveDataOrigin,
                TPMA_OBJECT.userWithAuth, TPMA_OBJECT.noDA, TPMA_OBJECT.sign));
    }

    /** Data that is sealed: given out to whoever may use the TPM that sealed it, and by no other TPM. */
    static TPMT_PUBLIC sealedData() {
        return new TPMT_PUBLIC(TPM_ALG_ID.SHA256,
                new TPMA_OBJECT(TPMA_OBJECT.fixedTPM, TPMA_OBJECT.fixedParent, TPMA_OBJECT.userWithAuth,
                        TPMA_OBJECT.noDA),
                new byte[0], new TPMS_KEYEDHASH_PARMS(new TPMS_NULL_SCHEME_KEYEDHASH()), new TPM2B_DIGEST_KEYEDHASH());
    }

    private static TPMT_PUBLIC signing(TPMA_OBJECT attributes) {
        return new TPMT_PUBLIC(TPM_ALG_ID.SHA256, attributes, new byte[0],
                new TPMS_ECC_PARMS(new TPMT_SYM_DEF_OBJECT(TPM_ALG_ID.NULL, 0, TPM_ALG_ID.NULL),
                        new TPMS_SIG_SCHEME_ECDSA(TPM_ALG_ID.SHA256),
                        TPM_ECC_CURVE.NIST_P256, new TPMS_NULL_KDF_SCHEME()),
                new TPMS_ECC_POINT(new byte[0], new byte[0]));
    }

    private static TPMA_OBJECT endorsementAttributes() {
        return new TPMA_OBJECT(TPMA_OBJECT.fixedTPM, TPMA_OBJECT.fixedParent, TPMA_OBJECT.sensitiveDataOrigin,
                TPMA_OBJECT.adminWithPolicy, TPMA_OBJECT.restricted, TPMA_OBJECT.decrypt);
    }

    private static TPMS_ECC_PARMS storageParameters() {
        return new TPMS_ECC_PARMS(aes128(), new TPMS_NULL_ASYM_SCHEME(), TPM_ECC_CURVE.NIST_P256,
                new TPMS_NULL_KDF_SCHEME());
    }

    private static TPMT_SYM_DEF_OBJECT aes128() {
        return new TPMT_SYM_DEF_OBJECT(TPM_ALG_ID.AES, 128, TPM_ALG_ID.CFB);
    }

    private static TPMS_ECC_POINT zeroPoint() {
        return new TPMS_ECC_POINT(new byte[32], new byte[32]);
    }
}
