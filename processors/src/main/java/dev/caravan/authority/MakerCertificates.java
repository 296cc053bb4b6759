package dev.caravan.authority;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The certificates of TPM makers in a directory: every file in it but hidden ones, PEM (any number in a file, text
 * between them) or DER (one).
 *
 * @param directory    where they are
 * @param certificates all of them; those that are signed by their own key are roots
 * @param unreadable   files that hold none, with the reason
 */
record MakerCertificates(Path directory, Set<X509Certificate> certificates, Map<Path, String> unreadable) {

    /**
     * Reads a directory. A file that cannot be read does not keep the others from being trusted.
     *
     * @throws IOException if there is no such directory
     */
    static MakerCertificates read(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.filter(file -> !String.valueOf(file.getFileName()).startsWith(".")).sorted().toList();
        }
        Set<X509Certificate> certificates = new LinkedHashSet<>();
        Map<Path, String> unreadable = new TreeMap<>();
        for (Path file : files) {
            try {
                if (!Files.isRegularFile(file)) {
                    throw new IOException(Files.isDirectory(file) ? "a directory" : "no file, or a link to none");
                }
                certificates.addAll(Pem.certificates(file));
            } catch (IOException e) {
                unreadable.put(file, CertificateNames.shortened(e.getMessage()));
            }
        }
        return new MakerCertificates(directory, certificates, unreadable);
    }

    /** Those that bear the name of the certificate's issuer. */
    List<X509Certificate> issuersOf(X509Certificate certificate) {
        return certificates.stream()
                .filter(maker -> maker.getSubjectX500Principal().equals(certificate.getIssuerX500Principal()))
                .toList();
    }

    /** Whether a certificate is by its own key, and so an end of every path. */
    static boolean isRoot(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())
                && isSignedBy(certificate, certificate);
    }

    static boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) {
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
