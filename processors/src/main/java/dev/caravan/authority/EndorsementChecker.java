package dev.caravan.authority;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks that an EK certificate is by a TPM maker who is trusted (TCG EK Credential Profile): a directory of
 * certificates, of which self-signed ones are roots, the others intermediates.
 */
public final class EndorsementChecker {
    private static final Logger LOG = LoggerFactory.getLogger(EndorsementChecker.class);
    /** tcg-kp-EKCertificate is 2.23.133.8.1 (3.2.16); makers mark RSA keys for encipherment, ECC keys for agreement. */
    private static final CertificateProfile PROFILE = new CertificateProfile("an EK certificate",
            "2.23.133.8.1", false, List.of(CertificateProfile.KEY_ENCIPHERMENT, CertificateProfile.KEY_AGREEMENT),
            "encipherment or key agreement", true);
    private static final Set<String> KEYS = Set.of("RSA 2048", "ECC P-256");
    private static final int MAX_PATH = 6;

    private final MakerCertificates makers;

    /**
     * @param makers the directory; files in it that hold no certificate are named in the log and left out
     * @throws IOException if there is no such directory
     */
    public EndorsementChecker(Path makers) throws IOException {
        this.makers = MakerCertificates.read(makers);
        this.makers.unreadable()
                .forEach((file, reason) -> LOG.warn("{} holds no certificate of a TPM maker: {}", file, reason));
        if (this.makers.certificates().stream().noneMatch(MakerCertificates::isRoot)) {
            LOG.warn("no TPM maker is trusted: {} holds {} certificates, none of a root", makers,
                    this.makers.certificates().size());
        }
    }

    /** Requires that the certificate is an EK certificate of a trusted maker, valid now, of a key that is supported. */
    public void check(X509Certificate ek) throws CertificateRejected {
        String what = "the EK certificate of " + CertificateNames.of(ek);
        PROFILE.check(ek);
        PublicKey key = CertificateKey.of(ek);
        if (!KEYS.contains(CertificateKey.kind(key))) {
            throw new CertificateRejected("the key of " + what + " is " + CertificateKey.kind(key)
                    + "; RSA 2048 and ECC P-256 are supported (the profile's default templates)");
        }
        if (makers.certificates().isEmpty()) {
            throw new CertificateRejected("no TPM maker is trusted: " + makers.directory()
                    + " holds no certificate; add those that lead to \"" + CertificateNames.issuer(ek) + "\"");
        }
        CertificateRejected reason = fault(List.of(ek), what, Instant.now());
        if (reason != null) {
            throw reason;
        }
    }

    /** Tries every way on from {@code path} to a root; null if one is good, or else why the most promising one is not. */
    private CertificateRejected fault(List<X509Certificate> path, String what, Instant now) {
        X509Certificate last = path.get(path.size() - 1);
        List<X509Certificate> issuers = makers.issuersOf(last);
        String which = path.size() == 1 ? what : "the certificate of " + CertificateNames.of(last);
        if (issuers.isEmpty()) {
            return new CertificateRejected("the issuer of " + which + ", \"" + CertificateNames.issuer(last)
                    + "\", is not among the makers' " + makers.certificates().size()
                    + " certificates: add its certificate to " + makers.directory()
                    + " and restart the authorities");
        }
        CertificateRejected reason = new CertificateRejected(which + " is not signed with the key of \""
                + CertificateNames.issuer(last) + "\" in " + makers.directory());
        for (X509Certificate issuer : issuers) {
            if (MakerCertificates.isSignedBy(last, issuer)) {
                CertificateRejected here = throughIssuer(path, issuer, what, now);
                if (here == null) {
                    return null;
                }
                reason = here;
            }
        }
        return reason;
    }

    private CertificateRejected throughIssuer(List<X509Certificate> path, X509Certificate issuer, String what,
            Instant now) {
        if (MakerCertificates.isRoot(issuer)) {
            try {
                new CertificatePath(path, issuer, null).validate(PROFILE, what, now);
                return null;
            } catch (CertificateRejected e) {
                return e;
            }
        }
        if (path.size() == MAX_PATH || path.contains(issuer)) {
            return new CertificateRejected(what + " is more than " + MAX_PATH + " certificates from a root");
        }
        List<X509Certificate> longer = new ArrayList<>(path);
        longer.add(issuer);
        return fault(longer, what, now);
    }
}
