package dev.caravan.authority;

import dev.caravan.authority.EnrolmentRequest.EnrolmentResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * What a platform or operator trusts: a directory with {@code hardware-ca.pem}, {@code hardware.crl},
 * {@code owner-ca.pem} and {@code owner.crl}. Read for each verification, so that a revocation counts at once.
 */
public final class TrustStore {
    /** Its time is that of the last update. */
    private static final String FETCHED = "fetched";

    private final Path directory;

    public TrustStore(Path directory) {
        this.directory = directory;
    }

    /** Verifies what the hardware authority issued. */
    public CertificateVerifier hardware() throws IOException {
        return verifier("hardware");
    }

    /** Verifies what the owner authority issued. */
    public CertificateVerifier owner() throws IOException {
        return verifier("owner");
    }

    /** Whether the authorities are known here. */
    public boolean isComplete() {
        return Stream.of("hardware-ca.pem", "hardware.crl", "owner-ca.pem", "owner.crl")
                .allMatch(file -> Files.exists(directory.resolve(file)));
    }

    /** Whether the revocation lists were fetched within the last {@code age}. */
    public boolean isFresh(Duration age) {
        try {
            return Files.getLastModifiedTime(directory.resolve(FETCHED)).toInstant().plus(age)
                    .isAfter(Instant.now());
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Takes in the authorities' certificates if none are trusted yet, and newer revocation lists.
     *
     * @throws CertificateRejected if they are of other authorities than those that are trusted, or a revocation list is
     *                             older than the one that is here
     */
    public synchronized void update(X509Certificate hardware, X509CRL hardwareCrl, X509Certificate owner,
            X509CRL ownerCrl) throws IOException, CertificateRejected {
        Files.createDirectories(directory);
        pin("hardware-ca.pem", hardware);
        pin("owner-ca.pem", owner);
        renew("hardware.crl", hardwareCrl, hardware);
        renew("owner.crl", ownerCrl, owner);
        Pem.replace(directory.resolve(FETCHED), new byte[0]);
    }

    /**
     * Takes in what authorities answered; see {@link #update(X509Certificate, X509CRL, X509Certificate, X509CRL)}.
     *
     * @throws IOException also if a part is missing or malformed
     */
    public void update(EnrolmentResult answer) throws IOException, CertificateRejected {
        if (answer == null || answer.hardwareAuthority() == null || answer.hardwareCrl() == null
                || answer.ownerAuthority() == null || answer.ownerCrl() == null) {
            throw new IOException("the authorities answered without their certificates and revocation lists");
        }
        update(Pem.certificate(answer.hardwareAuthority()), Pem.crl(answer.hardwareCrl()),
                Pem.certificate(answer.ownerAuthority()), Pem.crl(answer.ownerCrl()));
    }

    private void pin(String name, X509Certificate offered) throws IOException, CertificateRejected {
        Path file = directory.resolve(name);
        if (Files.notExists(file)) {
            Pem.write(file, offered);
        } else if (!Pem.certificate(file).equals(offered)) {
            throw new CertificateRejected("the authority that answered is not the one in " + file);
        }
    }

    private void renew(String name, X509CRL offered, X509Certificate authority)
            throws IOException, CertificateRejected {
        Path file = directory.resolve(name);
        RevocationList list = RevocationList.of(offered, authority);
        list.requireCurrent(Instant.now());
        if (Files.exists(file)) {
            list.requireNotOlderThan(RevocationList.of(Pem.crl(file), authority));
        }
        Pem.write(file, offered);
    }

    private CertificateVerifier verifier(String authority) throws IOException {
        return new CertificateVerifier(Pem.certificate(directory.resolve(authority + "-ca.pem")),
                Pem.crl(directory.resolve(authority + ".crl")));
    }
}
