package dev.caravan.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** EK certificates and makers' certificates as makers ship them, and as they must not be. */
class EndorsementCheckerAttackTest {
    private static final X500Name ROOT = new X500Name("C=DE,O=Zoo TPM,CN=Zoo Root");
    private static final X500Name INTERMEDIATE = new X500Name("C=DE,O=Zoo TPM,CN=Zoo Intermediate 7");
    private static final String TPM = "TPM id:534E5350 Zoo1 id:00010002";
    private static KeyPair rootKey;
    private static KeyPair intermediateKey;
    private static KeyPair ekKey;

    @TempDir
    Path makers;

    /** A certificate to be made; tests change one thing. */
    private static final class Draft {
        private X500Name issuer = INTERMEDIATE;
        private X500Name subject = new X500Name(new RDN[0]);
        private SubjectPublicKeyInfo key = info(ekKey);
        private KeyPair by = intermediateKey;
        private String signature = "SHA256withECDSA";
        private Instant from = Instant.now().minusSeconds(3600);
        private Instant to = Instant.now().plusSeconds(3600);
        private BasicConstraints constraints = new BasicConstraints(false);
        private int keyUsage = KeyUsage.keyEncipherment;
        private String usage = "2.23.133.8.1";
        private ASN1ObjectIdentifier critical;

        private byte[] der() {
            try {
                X509v3CertificateBuilder builder = new X509v3CertificateBuilder(issuer, BigInteger.valueOf(4711),
                        Date.from(from), Date.from(to), subject, key);
                builder.addExtension(Extension.basicConstraints, true, constraints);
                builder.addExtension(Extension.keyUsage, true, new KeyUsage(keyUsage));
                if (usage != null) {
                    builder.addExtension(Extension.extendedKeyUsage, false,
                            new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(usage))));
                }
                if (subject.getRDNs().length == 0) {
                    builder.addExtension(Extension.subjectAlternativeName, true,
                            new GeneralNames(new GeneralName(new X500NameBuilder()
                                    .addRDN(new ASN1ObjectIdentifier("2.23.133.2.1"), new DERUTF8String("id:534E5350"))
                                    .addRDN(new ASN1ObjectIdentifier("2.23.133.2.2"), new DERUTF8String("Zoo1"))
                                    .addRDN(new ASN1ObjectIdentifier("2.23.133.2.3"), new DERUTF8String("id:00010002"))
                                    .build())));
                }
                if (critical != null) {
                    builder.addExtension(critical, true, DERNull.INSTANCE);
                }
                return builder.build(new JcaContentSignerBuilder(signature).build(by.getPrivate())).getEncoded();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @BeforeAll
    static void makeKeys() throws Exception {
        rootKey = rsa(2048);
        intermediateKey = ec("secp384r1");
        ekKey = rsa(2048);
    }

    private static KeyPair rsa(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    private static KeyPair ec(String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    private static SubjectPublicKeyInfo info(KeyPair pair) {
        return SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
    }

    private static byte[] make(Consumer<Draft> change) {
        Draft draft = new Draft();
        change.accept(draft);
        return draft.der();
    }

    private static byte[] ek() {
        return make(draft -> {
        });
    }

    private static byte[] authority(X500Name subject, KeyPair key, Consumer<Draft> change) {
        return make(draft -> {
            draft.issuer = ROOT;
            draft.subject = subject;
            draft.key = info(key);
            draft.by = rootKey;
            draft.signature = "SHA256withRSA";
            draft.constraints = new BasicConstraints(true);
            draft.keyUsage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
            draft.usage = null;
            change.accept(draft);
        });
    }

    private static byte[] root(Consumer<Draft> change) {
        return authority(ROOT, rootKey, change);
    }

    private static byte[] intermediate(Consumer<Draft> change) {
        return authority(INTERMEDIATE, intermediateKey, change);
    }

    @BeforeEach
    void trustTheMaker() throws Exception {
        pem("root.pem", root(draft -> {
        }));
        pem("intermediate.pem", intermediate(draft -> {
        }));
    }

    private void pem(String name, byte[]... certificates) throws Exception {
        Files.deleteIfExists(makers.resolve(name));
        StringBuilder text = new StringBuilder();
        for (byte[] der : certificates) {
            Path one = makers.resolve(".one");
            Pem.write(one, Pem.certificate(der));
            text.append("what a maker writes above it\n").append(Files.readString(one));
            Files.delete(one);
        }
        Files.writeString(makers.resolve(name), text);
    }

    private void assertTrusted(byte[] ek) {
        assertThatCode(() -> new EndorsementChecker(makers).check(Pem.certificate(ek))).doesNotThrowAnyException();
    }

    private void assertRefused(byte[] ek, String reason) {
        assertThatThrownBy(() -> new EndorsementChecker(makers).check(Pem.certificate(ek)))
                .isInstanceOf(CertificateRejected.class).hasMessageContaining(reason);
    }

    @Test
    void aFileOfBothCertificatesIsReadWhole() throws Exception {
        Files.delete(makers.resolve("root.pem"));
        Files.delete(makers.resolve("intermediate.pem"));
        assertRefused(ek(), "no TPM maker is trusted: " + makers + " holds no certificate");
        pem("bundle.crt", intermediate(draft -> {
        }), root(draft -> {
        }));
        assertTrusted(ek());
    }

    @Test
    void derIsTakenAsWell() throws Exception {
        Files.write(makers.resolve("root.pem"), root(draft -> {
        }));
        assertTrusted(ek());
    }

    @Test
    void aFileThatCannotBeReadIsNamedAndTheOthersCount() throws Exception {
        Files.createFile(makers.resolve("empty.pem"));
        Files.createDirectory(makers.resolve("old.pem"));
        Files.createSymbolicLink(makers.resolve("link.pem"), Path.of("/nowhere"));
        Files.writeString(makers.resolve("key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        Files.writeString(makers.resolve("broken.pem"), "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
        Files.write(makers.resolve("broken.der"), new byte[]{0x30, 0x03, 0x02, 0x01, 0x00});
        assertThat(MakerCertificates.read(makers).unreadable()).extractingFromEntries(
                entry -> String.valueOf(entry.getKey().getFileName())).containsExactlyInAnyOrder("empty.pem",
                        "old.pem", "link.pem", "key.pem", "broken.pem", "broken.der");
        assertThat(MakerCertificates.read(makers).unreadable()).containsEntry(makers.resolve("old.pem"), "a directory")
                .containsEntry(makers.resolve("key.pem"),
                        "it holds a PEM \"PRIVATE KEY\"; certificates are expected");
        assertTrusted(ek());
    }

    @Test
    void theIssuerThatIsMissingIsNamed() throws Exception {
        Files.delete(makers.resolve("intermediate.pem"));
        assertRefused(ek(), "the issuer of the EK certificate of " + TPM
                + ", \"CN=Zoo Intermediate 7,O=Zoo TPM,C=DE\", is not among the makers' 1 certificates: add its"
                + " certificate to " + makers);
        trustTheMaker();
        Files.delete(makers.resolve("root.pem"));
        assertRefused(ek(), "the issuer of the certificate of CN=Zoo Intermediate 7,O=Zoo TPM,C=DE,"
                + " \"CN=Zoo Root,O=Zoo TPM,C=DE\", is not among");
    }

    @Test
    void aForgedIssuerIsNotTakenForTheMaker() throws Exception {
        KeyPair forger = ec("secp256r1");
        assertRefused(make(draft -> draft.by = forger), "is not signed with the key of");
        pem("forged.pem", make(draft -> {
            draft.issuer = ROOT;
            draft.subject = INTERMEDIATE;
            draft.key = info(forger);
            draft.by = forger;
            draft.constraints = new BasicConstraints(true);
            draft.keyUsage = KeyUsage.keyCertSign;
        }));
        assertRefused(make(draft -> draft.by = forger),
                "the certificate of CN=Zoo Intermediate 7,O=Zoo TPM,C=DE is not signed with the key of");
        assertTrusted(ek());
    }

    @Test
    void anEkThatSignedItselfIsNoMaker() {
        assertRefused(make(draft -> {
            draft.issuer = new X500Name("CN=me");
            draft.subject = draft.issuer;
            draft.by = ekKey;
            draft.signature = "SHA256withRSA";
        }), "\"CN=me\", is not among the makers' 2 certificates");
    }

    @Test
    void timesAreSaid() throws Exception {
        assertRefused(make(draft -> draft.to = Instant.now().minusSeconds(60)),
                "the EK certificate of " + TPM + " expired at ");
        assertRefused(make(draft -> draft.from = Instant.now().plusSeconds(60)),
                "the EK certificate of " + TPM + " is not valid yet");
        pem("intermediate.pem", intermediate(draft -> draft.to = Instant.now().minusSeconds(60)));
        assertRefused(ek(), "the certificate of CN=Zoo Intermediate 7,O=Zoo TPM,C=DE expired at ");
        trustTheMaker();
        pem("root.pem", root(draft -> draft.to = Instant.now().minusSeconds(60)));
        assertRefused(ek(), "the certificate of CN=Zoo Root,O=Zoo TPM,C=DE expired at ");
    }

    @Test
    void whatIsNoEkCertificateIsSaid() {
        String who = "the certificate of " + TPM;
        assertRefused(make(draft -> draft.usage = null),
                who + " is not an EK certificate: its extended key usage is missing, 2.23.133.8.1 is needed");
        assertRefused(make(draft -> draft.usage = "2.5.29.37.0"), "its extended key usage is 2.5.29.37.0");
        assertRefused(make(draft -> draft.keyUsage = KeyUsage.digitalSignature),
                who + " is not for encipherment or key agreement");
        assertRefused(make(draft -> draft.constraints = new BasicConstraints(true)),
                who + " is that of an authority, not an EK certificate");
        assertRefused(make(draft -> draft.critical = new ASN1ObjectIdentifier("1.3.6.1.4.1.21696.8.1")),
                who + " has the critical extension 1.3.6.1.4.1.21696.8.1, which is not known here");
    }

    @ParameterizedTest
    @CsvSource({"1024, RSA 1024", "3072, RSA 3072", "secp384r1, ECC P-384", "secp521r1, ECC P-521"})
    void aKeyThatIsNotSupportedIsSaidByItsKind(String parameter, String kind) throws Exception {
        KeyPair pair = parameter.startsWith("secp") ? ec(parameter) : rsa(Integer.parseInt(parameter));
        assertRefused(make(draft -> draft.key = info(pair)),
                "is " + kind + "; RSA 2048 and ECC P-256 are supported");
    }

    @Test
    void keysOfBothKindsAreTakenHoweverTheyAreMarked() throws Exception {
        KeyPair ecc = ec("secp256r1");
        assertTrusted(make(draft -> {
            draft.key = info(ecc);
            draft.keyUsage = KeyUsage.keyAgreement;
        }));
        byte[] oaep = make(draft -> {
            try {
                draft.key = new SubjectPublicKeyInfo(
                        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, new DERSequence()),
                        info(ekKey).parsePublicKey());
            } catch (java.io.IOException e) {
                throw new IllegalStateException(e);
            }
        });
        assertTrusted(oaep);
        assertThat(CertificateKey.of(Pem.certificate(oaep))).isEqualTo(ekKey.getPublic());
    }

    @Test
    void anIssuerThatMayNotIssueIsRefused() throws Exception {
        String who = "the certificate of CN=Zoo Intermediate 7,O=Zoo TPM,C=DE";
        pem("intermediate.pem", intermediate(draft -> draft.constraints = new BasicConstraints(false)));
        assertRefused(ek(), who + " is not one that may issue others");
        pem("intermediate.pem", intermediate(draft -> draft.keyUsage = KeyUsage.cRLSign));
        assertRefused(ek(), who + " is not one that may issue others");
        pem("intermediate.pem", intermediate(draft -> draft.signature = "SHA1withRSA"));
        assertRefused(ek(), who + " is signed with SHA1withRSA");
        trustTheMaker();
        pem("root.pem", root(draft -> draft.constraints = new BasicConstraints(0)));
        assertRefused(ek(), "the certificate of CN=Zoo Root,O=Zoo TPM,C=DE allows a path of 0 authorities below it");
        pem("root.pem", root(draft -> draft.constraints = new BasicConstraints(false)));
        assertRefused(ek(), "the certificate of CN=Zoo Root,O=Zoo TPM,C=DE is not that of an authority");
    }

    @Test
    void rubbishIsNoCertificate() {
        byte[] cut = java.util.Arrays.copyOf(ek(), 200);
        for (byte[] rubbish : new byte[][]{{}, new byte[512], cut, {0x30}}) {
            assertThatThrownBy(() -> Pem.certificate(rubbish)).isInstanceOf(java.io.IOException.class)
                    .hasMessageContaining("not a certificate");
        }
    }

    @Test
    void aCertificateOfWhichMoreFollowsIsTheFirst() throws Exception {
        byte[] padded = java.util.Arrays.copyOf(ek(), 2048);
        X509Certificate certificate = Pem.certificate(padded);
        assertThat(certificate.getEncoded()).isEqualTo(java.util.Arrays.copyOf(padded,
                certificate.getEncoded().length));
    }
}
