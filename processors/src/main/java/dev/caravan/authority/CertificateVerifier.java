package dev.caravan.authority;

import java.security.MessageDigest;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.bouncycastle.asn1.ASN1OctetString;

/** Verifies certificates that an authority of Caravan issued: by PKIX, with that authority's revocation list. */
public final class CertificateVerifier {
    private final X509Certificate authority;
    private final X509CRL crl;

    /**
     * @param authority the authority's certificate, trusted
     * @param crl       its revocation list
     */
    public CertificateVerifier(X509Certificate authority, X509CRL crl) {
        this.authority = authority;
        this.crl = crl;
    }

    /**
     * Verifies a certificate.
     *
     * @return the name that it certifies
     * @throws CertificateRejected with the first check that fails
     */
    public String verify(X509Certificate certificate, CertificateRole role) throws CertificateRejected {
        Instant now = Instant.now();
        RevocationList revocations = RevocationList.of(crl, authority);
        revocations.requireCurrent(now);
        new CertificatePath(List.of(certificate), authority, revocations.list())
                .validate(CertificateProfile.of(role), role.description(), now);
        String name = name(certificate);
        require(!name.isEmpty(), role.description() + " names nobody");
        return name;
    }

    /** Requires that a platform certificate is for the platform whose AIK is certified by {@code aik}. */
    public static void requireBinding(X509Certificate platform, X509Certificate aik) throws CertificateRejected {
        byte[] extension = platform.getExtensionValue(CertificateRole.Oids.AIK_BINDING.getId());
        require(extension != null, "the platform certificate names no AIK");
        byte[] bound;
        try {
            bound = ASN1OctetString.getInstance(ASN1OctetString.getInstance(extension).getOctets()).getOctets();
        } catch (IllegalArgumentException e) {
            throw new CertificateRejected("the AIK that the platform certificate names is malformed", e);
        }
        require(MessageDigest.isEqual(bound, CertificateAuthority.sha256(aik.getPublicKey().getEncoded())),
                "the platform certificate is for another AIK");
    }

    /** The common name of a certificate's subject. */
    public static String name(X509Certificate certificate) {
        try {
            return new LdapName(certificate.getSubjectX500Principal().getName()).getRdns().stream()
                    .filter(rdn -> rdn.getType().equalsIgnoreCase("CN")).map(rdn -> rdn.getValue().toString())
                    .findFirst().orElse("");
        } catch (InvalidNameException e) {
            throw new IllegalArgumentException("a certificate's subject is a distinguished name", e);
        }
    }

    private static void require(boolean condition, String reason) throws CertificateRejected {
        if (!condition) {
            throw new CertificateRejected(reason);
        }
    }
}
