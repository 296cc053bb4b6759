package dev.caravan.authority;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;

/** A revocation list (RFC 5280, 5) that its authority has signed. */
final class RevocationList {
    private final X509CRL list;
    private final String authority;
    private final BigInteger number;

    private RevocationList(X509CRL list, String authority, BigInteger number) {
        this.list = list;
        this.authority = authority;
        this.number = number;
    }

    /** Verifies that the list is by {@code authority} and can be told from an older one. */
    static RevocationList of(X509CRL list, X509Certificate authority) throws CertificateRejected {
        String name = CertificateVerifier.name(authority);
        try {
            list.verify(authority.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw new CertificateRejected("the revocation list is not by " + name, e);
        }
        byte[] extension = list.getExtensionValue(Extension.cRLNumber.getId());
        if (extension == null) {
            throw new CertificateRejected("the revocation list of " + name + " has no number (RFC 5280, 5.2.3)");
        }
        try {
            return new RevocationList(list, name, ASN1Integer
                    .getInstance(ASN1OctetString.getInstance(extension).getOctets()).getPositiveValue());
        } catch (IllegalArgumentException e) {
            throw new CertificateRejected("the number of the revocation list of " + name + " is malformed", e);
        }
    }

    X509CRL list() {
        return list;
    }

    /** Requires that the list holds at {@code now}. */
    void requireCurrent(Instant now) throws CertificateRejected {
        if (list.getNextUpdate() == null || now.isAfter(list.getNextUpdate().toInstant())) {
            throw new CertificateRejected("the revocation list of " + authority + " is out of date"
                    + (list.getNextUpdate() == null ? "" : " since " + list.getNextUpdate().toInstant())
                    + ": see that the authorities run and that this side reaches them, or copy their directory trust");
        }
    }

    /** Requires that this list is not older than {@code known}: a list of revocations only grows. */
    void requireNotOlderThan(RevocationList known) throws CertificateRejected {
        if (number.compareTo(known.number) < 0) {
            throw new CertificateRejected("the revocation list of " + authority + " has number " + number + ", but "
                    + known.number + " is known here: an old list was shown instead of the newest");
        }
    }
}
