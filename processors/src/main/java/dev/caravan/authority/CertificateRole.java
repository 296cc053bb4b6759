package dev.caravan.authority;

import org.bouncycastle.asn1.ASN1ObjectIdentifier;

/** What a certificate is for, by its extended key usage. */
public enum CertificateRole {
    /** An attestation key: TCG EK Credential Profile, tcg-kp-AIKCertificate. */
    AIK("2.23.133.8.3", "an AIK certificate"),
    /** A platform of the owner. */
    PLATFORM(Oids.ARC + ".1", "a platform certificate"),
    /** An operator who may ask for migrations. */
    OPERATOR(Oids.ARC + ".2", "an operator certificate");

    private final String usage;
    private final String description;

    CertificateRole(String usage, String description) {
        this.usage = usage;
        this.description = description;
    }

    String usage() {
        return usage;
    }

    String description() {
        return description;
    }

    /** Object identifiers below a UUID of Caravan's own (ITU-T X.667). */
    static final class Oids {
        static final String ARC = "2.25.310627467391849209356209486411712943217";
        /** Extension of a platform certificate: SHA-256 of the AIK's SubjectPublicKeyInfo, as an OCTET STRING. */
        static final ASN1ObjectIdentifier AIK_BINDING = new ASN1ObjectIdentifier(ARC + ".3");

        private Oids() {
        }
    }
}
