package dev.caravan.authority;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;

/** What a certificate is for, by its extended key usage. */
public enum CertificateRole {
    /** An attestation key: TCG EK Credential Profile, tcg-kp-AIKCertificate. */
    AIK("2.23.133.8.3", "an AIK certificate"),
    /** A platform of the owner. */
    PLATFORM(Oids.ARC + ".1", "a platform certificate"),
    /** An operator who may ask for migrations. */
    OPERATOR(Oids.ARC + ".2", "an operator certificate"),
    /** The authorities' program, for its answers: their own keys sign nothing but certificates and lists. */
    AUTHORITY(Oids.ARC + ".4", "the certificate of an authority's answers");

    private final String usage;
    private final String description;

    CertificateRole(String usage, String description) {
        this.usage = usage;
        this.description = description;
    }

    /**
     * What {@code certificate} says that it is for; whether that holds is for a {@link CertificateVerifier}.
     *
     * @throws CertificateRejected if it is for none of these, or for several
     */
    public static CertificateRole of(X509Certificate certificate) throws CertificateRejected {
        try {
            List<String> usages = certificate.getExtendedKeyUsage();
            return Stream.of(values()).filter(role -> List.of(role.usage).equals(usages)).findFirst()
                    .orElseThrow(() -> new CertificateRejected("the certificate has no role in Caravan"));
        } catch (CertificateParsingException e) {
            throw new CertificateRejected("the certificate's extended key usage is malformed", e);
        }
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

        /** Extended key usage of an event key's certificate, which an agent key signs. */
        static final String EVENT_KEY = ARC + ".5";

        private Oids() {
        }
    }
}
