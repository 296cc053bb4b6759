package dev.caravan.authority;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;

/**
 * A path of certificates from one that is judged to one that is trusted (RFC 5280, 6), validated by the JDK's PKIX, which
 * also refuses what it does not know. A refusal says in one sentence which certificate does not hold, and why.
 *
 * @param certificates from the one that is judged to the one that {@code anchor} issued
 * @param anchor       trusted
 * @param list         the anchor's revocation list, or null if none is asked
 */
record CertificatePath(List<X509Certificate> certificates, X509Certificate anchor, X509CRL list) {

    /** Index of that key usage (RFC 5280, 4.2.1.3). */
    private static final int KEY_CERT_SIGN = 5;

    /**
     * Validates the path at {@code now}.
     *
     * @param profile what the certificate that is judged must be
     * @param what    how a message calls it
     */
    void validate(CertificateProfile profile, String what, Instant now) throws CertificateRejected {
        requireAnchor(now);
        try {
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
            parameters.setDate(Date.from(now));
            parameters.setRevocationEnabled(list != null);
            if (list != null) {
                parameters.addCertStore(
                        CertStore.getInstance("Collection", new CollectionCertStoreParameters(Set.of(list))));
            }
            parameters.addCertPathChecker(profile.checker(certificates.get(0)));
            CertPathValidator.getInstance("PKIX").validate(
                    CertificateFactory.getInstance("X.509").generateCertPath(certificates), parameters);
        } catch (CertPathValidatorException e) {
            throw reason(e, what, now);
        } catch (GeneralSecurityException e) {
            throw new CertificateRejected(what + " cannot be checked: " + e.getMessage(), e);
        }
    }

    /** PKIX takes the anchor as it is. */
    private void requireAnchor(Instant now) throws CertificateRejected {
        String name = CertificateNames.of(anchor);
        requireValid(anchor, "the certificate of " + name, now);
        CertificateProfile.requireStrong(CertificateKey.of(anchor), name);
        boolean[] usage = anchor.getKeyUsage();
        if (anchor.getBasicConstraints() < 0 || usage != null && !usage[KEY_CERT_SIGN]) {
            throw new CertificateRejected("the certificate of " + name + " is not that of an authority");
        }
        if (anchor.getBasicConstraints() < certificates.size() - 1) {
            throw new CertificateRejected("the certificate of " + name + " allows a path of "
                    + anchor.getBasicConstraints() + " authorities below it, here there are "
                    + (certificates.size() - 1));
        }
    }

    private static void requireValid(X509Certificate certificate, String what, Instant now)
            throws CertificateRejected {
        Instant from = certificate.getNotBefore().toInstant();
        Instant to = certificate.getNotAfter().toInstant();
        if (now.isBefore(from)) {
            throw new CertificateRejected(
                    what + " is not valid yet: it is from " + from + ", and it is " + now
                            + " here; compare the clocks");
        }
        if (now.isAfter(to)) {
            throw new CertificateRejected(what + " expired at " + to);
        }
    }

    private CertificateRejected reason(CertPathValidatorException e, String what, Instant now) {
        if (e.getCause() instanceof CertificateRejected own) {
            return own;
        }
        CertPathValidatorException.Reason reason = e.getReason();
        int index = reason == PKIXReason.NO_TRUST_ANCHOR ? certificates.size() - 1 : Math.max(0, e.getIndex());
        X509Certificate faulty = certificates.get(index);
        X509Certificate issuer = index + 1 < certificates.size() ? certificates.get(index + 1) : anchor;
        String which = index == 0 ? what : "the certificate of " + CertificateNames.of(faulty);
        if (reason == BasicReason.EXPIRED || reason == BasicReason.NOT_YET_VALID) {
            try {
                requireValid(faulty, which, now);
            } catch (CertificateRejected why) {
                return why;
            }
        }
        String sentence;
        if (reason == BasicReason.REVOKED) {
            sentence = which + " was revoked";
        } else if (reason == BasicReason.INVALID_SIGNATURE || reason == PKIXReason.NAME_CHAINING
                || reason == PKIXReason.NO_TRUST_ANCHOR) {
            sentence = which + " is not by " + CertificateNames.of(issuer);
        } else if (reason == PKIXReason.PATH_TOO_LONG) {
            sentence = "the certificate of " + CertificateNames.of(faulty)
                    + " is further from the end of the path than its issuers allow (path length)";
        } else if (reason == PKIXReason.NOT_CA_CERT || reason == PKIXReason.INVALID_KEY_USAGE) {
            sentence = "the certificate of " + CertificateNames.of(faulty) + " is not one that may issue others";
        } else {
            sentence = which + " does not hold: " + CertificateNames.shortened(e.getMessage());
        }
        return new CertificateRejected(sentence, e);
    }
}
