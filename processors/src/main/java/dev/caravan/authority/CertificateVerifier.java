package dev.caravan.authority;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.bouncycastle.asn1.ASN1OctetString;

/** Verifies certificates that an authority of Caravan issued. */
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
        String what = role.description();
        require(certificate.getIssuerX500Principal().equals(authority.getSubjectX500Principal())
                && isSignedBy(certificate, authority.getPublicKey()), what + " is not by " + name(authority));
        Instant now = Instant.now();
        require(isWithin(now, authority), "the certificate of " + name(authority) + " has expired");
        require(!now.isBefore(certificate.getNotBefore().toInstant()), what + " is not valid yet");
        require(!now.isAfter(certificate.getNotAfter().toInstant()),
                what + " expired at " + certificate.getNotAfter().toInstant());
        require(certificate.getBasicConstraints() < 0, what + " is that of an authority");
        boolean[] usage = certificate.getKeyUsage();
        require(usage != null && usage[0], what + " is not for signatures");
        require(usages(certificate).equals(List.of(role.usage())), "the certificate is not " + what);
        requireNotRevoked(certificate, what, now);
        return name(certificate);
    }

    /** Requires that a platform certificate is for the platform whose AIK is certified by {@code aik}. */
    public static void requireBinding(X509Certificate platform, X509Certificate aik) throws CertificateRejected {
        byte[] extension = platform.getExtensionValue(CertificateRole.Oids.AIK_BINDING.getId());
        require(extension != null, "the platform certificate names no AIK");
        byte[] bound = ASN1OctetString.getInstance(ASN1OctetString.getInstance(extension).getOctets()).getOctets();
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

    private void requireNotRevoked(X509Certificate certificate, String what, Instant now) throws CertificateRejected {
        try {
            crl.verify(authority.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw new CertificateRejected("the revocation list is not by " + name(authority), e);
        }
        Date next = crl.getNextUpdate();
        require(next != null && now.isBefore(next.toInstant()),
                "the revocation list of " + name(authority) + " is out of date");
        require(!crl.isRevoked(certificate), what + " was revoked");
    }

    private static List<String> usages(X509Certificate certificate) throws CertificateRejected {
        try {
            List<String> usages = certificate.getExtendedKeyUsage();
            return usages == null ? List.of() : usages;
        } catch (GeneralSecurityException e) {
            throw new CertificateRejected("the certificate's extended key usage is malformed", e);
        }
    }

    private static boolean isSignedBy(X509Certificate certificate, PublicKey key) {
        try {
            certificate.verify(key);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static boolean isWithin(Instant now, X509Certificate certificate) {
        return !now.isBefore(certificate.getNotBefore().toInstant())
                && !now.isAfter(certificate.getNotAfter().toInstant());
    }

    private static void require(boolean condition, String reason) throws CertificateRejected {
        if (!condition) {
            throw new CertificateRejected(reason);
        }
    }
}
