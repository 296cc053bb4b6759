package dev.caravan.authority;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
    @TempDir
    Path directory;
    private Instant now = Instant.now();

    @Test
    void aRevocationListIsSignedAnewLongBeforeItEnds() throws Exception {
        CertificateAuthority authority = new CertificateAuthority(directory, "Test", null, () -> now);
        authority.revoke(BigInteger.TEN);
        X509CRL first = authority.crl();

        now = now.plus(Duration.ofDays(1));
        assertThat(authority.crl()).isEqualTo(first);

        now = now.plus(Duration.ofDays(4));
        X509CRL second = authority.crl();
        assertThat(second.getNextUpdate().toInstant()).isAfter(now.plus(Duration.ofDays(6)));
        assertThat(second.getRevokedCertificate(BigInteger.TEN)).isNotNull();
        second.verify(authority.certificate().getPublicKey());
    }
}
