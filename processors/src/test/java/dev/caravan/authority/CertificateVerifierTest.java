package dev.caravan.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each check by itself: every certificate here but the first differs from a good one in one thing. */
class CertificateVerifierTest {
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    Path directory;
    private CertificateAuthority authority;
    private KeyPair pair;
    private Instant notBefore = Instant.now().minus(DAY);
    private Instant notAfter = Instant.now().plus(DAY);
    private boolean isAuthority;
    private int keyUsage = KeyUsage.digitalSignature;
    private String[] usages;

    @BeforeEach
    void found() throws Exception {
        authority = new CertificateAuthority(directory.resolve("ca"), "Test authority");
        pair = CertificateAuthority.newKey();
    }

    @ParameterizedTest
    @EnumSource
    void aGoodCertificateGivesItsName(CertificateRole role) throws Exception {
        assertThat(verifier().verify(certificate(role), role)).isEqualTo("alpha");
        assertThat(verifier().verify(authority.issue("alpha", pair.getPublic(), role, null), role)).isEqualTo("alpha");
    }

    @Test
    void oneOfAnotherAuthorityWithTheSameNameIsRefused() throws Exception {
        CertificateAuthority impostor = new CertificateAuthority(directory.resolve("other"), "Test authority");
        assertRefused(impostor.issue("alpha", pair.getPublic(), CertificateRole.PLATFORM, null),
                CertificateRole.PLATFORM, "is not by Test authority");
    }

    @ParameterizedTest
    @EnumSource
    void anExpiredOneIsRefused(CertificateRole role) throws Exception {
        notAfter = Instant.now().minusSeconds(60);
        assertRefused(certificate(role), role, "expired at ");
    }

    @ParameterizedTest
    @EnumSource
    void oneThatIsNotValidYetIsRefused(CertificateRole role) throws Exception {
        notBefore = Instant.now().plusSeconds(60);
        assertRefused(certificate(role), role, "not valid yet");
    }

    @Test
    void thatOfAnAuthorityIsRefused() throws Exception {
        isAuthority = true;
        assertRefused(certificate(CertificateRole.AIK), CertificateRole.AIK, "is that of an authority");
    }

    @Test
    void oneThatIsNotForSignaturesIsRefused() throws Exception {
        keyUsage = KeyUsage.keyAgreement;
        assertRefused(certificate(CertificateRole.AIK), CertificateRole.AIK, "is not for signatures");
    }

    @Test
    void oneOfAnotherRoleIsRefused() throws Exception {
        assertRefused(certificate(CertificateRole.OPERATOR), CertificateRole.PLATFORM,
                "the certificate of alpha is not a platform certificate");
        assertRefused(certificate(CertificateRole.PLATFORM), CertificateRole.OPERATOR,
                "the certificate of alpha is not an operator certificate");
    }

    @Test
    void oneOfSeveralRolesIsRefusedForEach() throws Exception {
        usages = new String[]{CertificateRole.PLATFORM.usage(), CertificateRole.OPERATOR.usage()};
        assertRefused(certificate(null), CertificateRole.PLATFORM,
                "the certificate of alpha is not a platform certificate");
        assertRefused(certificate(null), CertificateRole.OPERATOR,
                "the certificate of alpha is not an operator certificate");
    }

    @ParameterizedTest
    @EnumSource
    void aRevokedOneIsRefused(CertificateRole role) throws Exception {
        X509Certificate certificate = certificate(role);
        authority.revoke(certificate.getSerialNumber());
        assertRefused(certificate, role, "was revoked");
    }

    @Test
    void nothingIsBelievedByARevocationListThatIsOutOfDate() throws Exception {
        authority = new CertificateAuthority(directory.resolve("old"), "Old authority", null,
                InstantSource.fixed(Instant.now().minus(CertificateAuthority.CRL_LIFETIME).minusSeconds(60)));
        assertRefused(authority.issue("alpha", pair.getPublic(), CertificateRole.AIK, null), CertificateRole.AIK,
                "the revocation list of Old authority is out of date since ");
    }

    @Test
    void nothingIsBelievedByARevocationListOfAnotherAuthority() throws Exception {
        CertificateAuthority other = new CertificateAuthority(directory.resolve("other"), "Test authority");
        assertThatThrownBy(() -> new CertificateVerifier(authority.certificate(), other.crl())
                .verify(certificate(CertificateRole.AIK), CertificateRole.AIK)).isInstanceOf(CertificateRejected.class)
                .hasMessageContaining("the revocation list is not by Test authority");
    }

    @Test
    void aPlatformCertificateIsForOneAikOnly() throws Exception {
        X509Certificate aik = certificate(CertificateRole.AIK);
        X509Certificate bound = authority.issue("alpha", pair.getPublic(), CertificateRole.PLATFORM,
                CertificateAuthority.sha256(aik.getPublicKey().getEncoded()));
        CertificateVerifier.requireBinding(bound, aik);

        pair = CertificateAuthority.newKey();
        X509Certificate other = certificate(CertificateRole.AIK);
        assertThatThrownBy(() -> CertificateVerifier.requireBinding(bound, other))
                .isInstanceOf(CertificateRejected.class).hasMessage("the platform certificate is for another AIK");
        X509Certificate unbound = certificate(CertificateRole.PLATFORM);
        assertThatThrownBy(() -> CertificateVerifier.requireBinding(unbound, aik))
                .isInstanceOf(CertificateRejected.class).hasMessage("the platform certificate names no AIK");
    }

    private CertificateVerifier verifier() throws Exception {
        return new CertificateVerifier(authority.certificate(), authority.crl());
    }

    private void assertRefused(X509Certificate certificate, CertificateRole role, String reason) {
        assertThatThrownBy(() -> verifier().verify(certificate, role)).isInstanceOf(CertificateRejected.class)
                .hasMessageContaining(reason);
    }

    /** What the fields say, by the authority's own key; {@code usages} count if there is no role. */
    private X509Certificate certificate(CertificateRole role) throws Exception {
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(authority.certificate(),
                BigInteger.valueOf(System.nanoTime()), Date.from(notBefore), Date.from(notAfter),
                new X500Principal("CN=alpha"), pair.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(keyUsage));
        String[] oids = role == null ? usages : new String[]{role.usage()};
        KeyPurposeId[] purposes = new KeyPurposeId[oids.length];
        for (int i = 0; i < oids.length; i++) {
            purposes[i] = KeyPurposeId.getInstance(new ASN1ObjectIdentifier(oids[i]));
        }
        builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purposes));
        return new JcaX509CertificateConverter().getCertificate(builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(Pem.privateKey(directory.resolve("ca/key.pem")))));
    }
}
