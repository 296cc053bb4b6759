package dev.caravan.tpm;

import java.security.MessageDigest;
import java.security.PublicKey;

/**
 * Verifies that an agent key lives in the TPM of an AIK, by TPM2_Certify (TPM 2.0 Part 3, 18.2) over the bytes that the
 * TPM signed. A public area is only a claim; its Name, attested by an AIK, is not: the TPM warrants that an object with
 * exactly that public area, attributes included, is loaded in it together with its private part. That the AIK is one of
 * a genuine TPM is for {@link TpmPublicArea#requireAttestationKey} and credential activation.
 */
public final class CertifyVerifier {

    private CertifyVerifier() {
    }

    /**
     * Verifies a certification; nothing of the key is returned before every check has passed.
     *
     * @param aik            the attestation key, proved or certified to be one
     * @param qualifyingData what the certification must be bound to
     * @param publicArea     TPMT_PUBLIC of the agent key, as the platform claims it
     * @return the agent key: made inside that TPM, unable to leave it, for signing only
     * @throws QuoteRejected with the first check that fails
     */
    public static TpmPublicArea verify(Certification certification, PublicKey aik, byte[] qualifyingData,
            byte[] publicArea) throws QuoteRejected {
        Attestation.requireSignature(certification.attest(), certification.signature(), aik, CertifyAttestation.WHAT);
        CertifyAttestation attestation = CertifyAttestation.parse(certification.attest());
        attestation.common().requireGeneratedByTpm();
        attestation.common().requireExtraData(qualifyingData);
        TpmPublicArea key = TpmPublicArea.parse(publicArea);
        requireName(attestation, key);
        key.requireSigningKey();
        return key;
    }

    /** The Name is a digest over the whole public area: another key or other attributes have another Name. */
    private static void requireName(CertifyAttestation attestation, TpmPublicArea key) throws QuoteRejected {
        if (!MessageDigest.isEqual(attestation.name(), key.name())) {
            throw new QuoteRejected(
                    "the certification is of another key than the one that was shown: its Name differs");
        }
    }
}
