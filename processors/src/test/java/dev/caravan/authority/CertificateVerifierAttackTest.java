package dev.caravan.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an authority's key signed, and must not be taken for what the authority means. */
class CertificateVerifierAttackTest {
    private static final ASN1ObjectIdentifier UNKNOWN = new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1");

    @TempDir
    Path directory;
    private CertificateAuthority authority;
    private PrivateKey authorityKey;
    private KeyPair pair;
    private X500Principal subject = new X500Principal("CN=alpha");
    private String signature = "SHA256withECDSA";
    private boolean isAuthority;
    private ASN1ObjectIdentifier critical;

    @BeforeEach
    void found() throws Exception {
        authority = new CertificateAuthority(directory.resolve("ca"), "Test authority");
        authorityKey = Pem.privateKey(directory.resolve("ca/key.pem"));
        pair = CertificateAuthority.newKey();
    }

    private X509Certificate certificate(CertificateRole role, PublicKey key, X500Principal issuer, PrivateKey by)
            throws Exception {
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(issuer,
                BigInteger.valueOf(System.nanoTime()), Date.from(Instant.now().minusSeconds(60)),
                Date.from(Instant.now().plusSeconds(60)), subject, key);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
        builder.addExtension(Extension.keyUsage, true,
                new KeyUsage(KeyUsage.digitalSignature | (isAuthority ? KeyUsage.keyCertSign : 0)));
        builder.addExtension(Extension.extendedKeyUsage, true,
                new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(role.usage()))));
        if (critical != null) {
            builder.addExtension(critical, true, DERNull.INSTANCE);
        }
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(signature).build(by)));
    }

    private X509Certificate certificate(CertificateRole role) throws Exception {
        return certificate(role, pair.getPublic(), authority.certificate().getSubjectX500Principal(), authorityKey);
    }

    private void assertRefused(X509Certificate certificate, CertificateRole role, String reason) {
        assertThatThrownBy(
                () -> new CertificateVerifier(authority.certificate(), authority.crl()).verify(certificate, role))
                .isInstanceOf(CertificateRejected.class).hasMessageContaining(reason);
    }

    @ParameterizedTest
    @EnumSource
    void anUnknownCriticalExtensionIsRefused(CertificateRole role) throws Exception {
        assertThat(new CertificateVerifier(authority.certificate(), authority.crl()).verify(certificate(role), role))
                .isEqualTo("alpha");
        critical = UNKNOWN;
        assertRefused(certificate(role), role, "has the critical extension " + UNKNOWN);
    }

    @ParameterizedTest
    @EnumSource
    void anAuthorityIsNobodyItself(CertificateRole role) throws Exception {
        isAuthority = true;
        assertRefused(certificate(role), role, "is that of an authority");
    }

    @Test
    void whomTheAuthorityCertifiedCertifiesNobody() throws Exception {
        for (boolean pretends : new boolean[]{false, true}) {
            isAuthority = pretends;
            X509Certificate alpha = certificate(CertificateRole.PLATFORM);
            isAuthority = false;
            subject = new X500Principal("CN=beta");
            assertRefused(certificate(CertificateRole.PLATFORM, CertificateAuthority.newKey().getPublic(),
                    alpha.getSubjectX500Principal(), pair.getPrivate()), CertificateRole.PLATFORM,
                    "is not by Test authority");
            assertRefused(certificate(CertificateRole.PLATFORM, CertificateAuthority.newKey().getPublic(),
                    authority.certificate().getSubjectX500Principal(), pair.getPrivate()), CertificateRole.PLATFORM,
                    "is not by Test authority");
        }
    }

    @Test
    void aSignatureOverSha1IsRefused() throws Exception {
        signature = "SHA1withECDSA";
        assertRefused(certificate(CertificateRole.AIK), CertificateRole.AIK,
                "is signed with SHA1withECDSA; RSA or ECDSA with SHA-256 or better is needed");
    }

    @Test
    void aKeyOfFewBitsIsRefused() throws Exception {
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(1024);
        assertRefused(
                certificate(CertificateRole.PLATFORM, rsa.generateKeyPair().getPublic(),
                        authority.certificate().getSubjectX500Principal(), authorityKey),
                CertificateRole.PLATFORM, "the key of alpha is RSA 1024");
    }

    @Test
    void aCertificateThatNamesNobodyIsRefused() throws Exception {
        subject = new X500Principal("O=nobody");
        assertRefused(certificate(CertificateRole.OPERATOR), CertificateRole.OPERATOR, "names nobody");
    }

    @Test
    void anAnchorThatIsNoAuthorityIsRefused() throws Exception {
        X509Certificate alpha = authority.issue("alpha", pair.getPublic(), CertificateRole.PLATFORM, null);
        CertificatePath path = new CertificatePath(
                java.util.List.of(certificate(CertificateRole.PLATFORM, CertificateAuthority.newKey().getPublic(),
                        alpha.getSubjectX500Principal(), pair.getPrivate())),
                alpha, null);
        assertThatThrownBy(
                () -> path.validate(CertificateProfile.of(CertificateRole.PLATFORM), "a platform certificate",
                        Instant.now()))
                .isInstanceOf(CertificateRejected.class)
                .hasMessageContaining("the certificate of alpha is not that of an authority");
    }

    @Test
    void aRevocationListThatSaysMoreThanIsKnownHereIsNotBelieved() throws Exception {
        assertThatThrownBy(() -> new CertificateVerifier(authority.certificate(), list(true, UNKNOWN))
                .verify(certificate(CertificateRole.AIK), CertificateRole.AIK))
                .isInstanceOf(CertificateRejected.class);
    }

    @Test
    void aRevocationListWithoutANumberIsNotBelieved() throws Exception {
        assertThatThrownBy(() -> new CertificateVerifier(authority.certificate(), list(false, null))
                .verify(certificate(CertificateRole.AIK), CertificateRole.AIK))
                .isInstanceOf(CertificateRejected.class).hasMessageContaining("has no number");
    }

    private X509CRL list(boolean numbered, ASN1ObjectIdentifier critical) throws Exception {
        JcaX509v2CRLBuilder builder = new JcaX509v2CRLBuilder(authority.certificate().getSubjectX500Principal(),
                Date.from(Instant.now().minusSeconds(60)));
        builder.setNextUpdate(Date.from(Instant.now().plusSeconds(60)));
        if (numbered) {
            builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.TEN));
        }
        if (critical != null) {
            builder.addExtension(critical, true, DERNull.INSTANCE);
        }
        return new JcaX509CRLConverter()
                .getCRL(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(authorityKey)));
    }
}
