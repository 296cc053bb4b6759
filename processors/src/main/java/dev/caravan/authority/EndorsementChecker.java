package dev.caravan.authority;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Checks that an EK certificate is by a TPM maker who is trusted: a directory of PEM certificates, self-signed ones are
 * roots, the others intermediates.
 */
public final class EndorsementChecker {
    /** tcg-kp-EKCertificate (TCG EK Credential Profile, 3.2.16). */
    private static final String EK_USAGE = "2.23.133.8.1";

    private final Set<TrustAnchor> roots = new HashSet<>();
    private final List<X509Certificate> intermediates = new ArrayList<>();

    public EndorsementChecker(Path makers) throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(makers)) {
            files = listed.filter(file -> file.toString().endsWith(".pem")).toList();
        }
        for (Path file : files) {
            X509Certificate certificate = Pem.certificate(file);
            if (certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
                roots.add(new TrustAnchor(certificate, null));
            } else {
                intermediates.add(certificate);
            }
        }
    }

    /** Requires that the certificate is an EK certificate of a trusted maker, valid now. */
    public void check(X509Certificate ek) throws CertificateRejected {
        if (roots.isEmpty()) {
            throw new CertificateRejected("no TPM maker is trusted: the directory of makers' certificates is empty");
        }
        try {
            List<String> usages = ek.getExtendedKeyUsage();
            if (usages == null || !usages.contains(EK_USAGE)) {
                throw new CertificateRejected("the certificate is not that of an endorsement key");
            }
            X509CertSelector target = new X509CertSelector();
            target.setCertificate(ek);
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(roots, target);
            parameters.setRevocationEnabled(false);
            List<X509Certificate> known = new ArrayList<>(intermediates);
            known.add(ek);
            parameters.addCertStore(
                    CertStore.getInstance("Collection", new CollectionCertStoreParameters(known)));
            CertPathBuilder.getInstance("PKIX").build(parameters);
        } catch (GeneralSecurityException e) {
            throw new CertificateRejected(
                    "the EK certificate is not by a TPM maker that is trusted, or has expired: " + e.getMessage(), e);
        }
    }
}
