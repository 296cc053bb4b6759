package dev.caravan.authority;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.caravan.event.EventUnverified;
import dev.caravan.event.EventVerifier;
import dev.caravan.event.MigrationEvents;
import dev.caravan.event.SignedEvent;
import dev.caravan.event.TestSpeakers;
import dev.caravan.event.VerifiedEvent;
import dev.caravan.fuzz.Parser;
import dev.caravan.fuzz.Parsers;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Certificates and revocation lists of strangers, and what a certified but hostile platform signs. */
class CertificateFuzzTest {
    private static final long SMALL = 512 * 1024;
    private static final int EACH = 128;

    @TempDir
    private static Path directory;
    private static TestSpeakers speakers;
    private static TestSpeakers.Platform platform;
    private static EventKey eventKey;
    private static EndorsementChecker makers;
    private static Parsers parsers;

    @BeforeAll
    static void found() throws Exception {
        speakers = new TestSpeakers(directory);
        platform = speakers.platform("alpha");
        eventKey = platform.eventKey();
        KeyPair maker = TestSpeakers.newKey();
        Path trusted = Files.createDirectory(directory.resolve("makers"));
        Pem.write(trusted.resolve("root.pem"), issue("CN=Maker", maker, maker, null));
        makers = new EndorsementChecker(trusted);
        X509Certificate ek = issue("CN=EK", TestSpeakers.newKey(), maker, "2.23.133.8.1");
        byte[] certificate = platform.certificate().getEncoded();
        parsers = Parsers.of(
                Parser.of('d', IOException.class, SMALL, EACH, CertificateFuzzTest::certificate)
                        .from(certificate, ek.getEncoded()),
                Parser.of('l', IOException.class, SMALL, EACH, CertificateFuzzTest::revocations)
                        .from(Pem.crl(speakers.trustDirectory().resolve("owner.crl")).getEncoded()),
                Parser.of('p', IOException.class, SMALL, EACH, bytes -> Pem.certificate(file(bytes)))
                        .from(Files.readAllBytes(trusted.resolve("root.pem"))),
                Parser.of('r', IOException.class, SMALL, EACH, bytes -> Pem.crl(file(bytes)))
                        .from(Files.readAllBytes(speakers.trustDirectory().resolve("owner.crl"))),
                // building a path takes more than parsing
                Parser.of('e', IOException.class, 8 * SMALL, EACH, CertificateFuzzTest::endorsement)
                        .from(ek.getEncoded()),
                // here and below a key of the test signs, too
                Parser.of('k', IOException.class, 2 * SMALL, EACH, CertificateFuzzTest::eventKey)
                        .from(eventKey.certificate().getTBSCertificate()),
                Parser.of('v', EventUnverified.class, 2 * SMALL, 2 * EACH, CertificateFuzzTest::event)
                        .from(new MigrationEvents("alpha").encode(MigrationEvents.REPLY, "a-query",
                                Map.of("host", "alpha", "result", new Object[]{Map.of("host", "alpha")}))));
    }

    static Stream<byte[]> examples() {
        return parsers.examples();
    }

    @Test
    void examplesAreTaken() throws Exception {
        parsers.takeTheirExamples();
    }

    @Timeout(20)
    @MethodSource("examples")
    @FuzzTest
    void anythingIsTakenOrRefused(byte[] input) throws Exception {
        parsers.takeOrRefuse(input);
    }

    private static void certificate(byte[] der) throws IOException {
        X509Certificate certificate = Pem.certificate(der);
        String name = CertificateVerifier.name(certificate);
        for (CertificateRole role : CertificateRole.values()) {
            try {
                Parser.require(speakers.trust().owner().verify(certificate, role).equals("alpha"),
                        "a certificate that nobody issued was taken for " + name);
            } catch (CertificateRejected expected) {
                continue;
            }
        }
    }

    private static void revocations(byte[] der) throws IOException {
        X509CRL crl = Pem.crl(der);
        CertificateVerifier verifier = new CertificateVerifier(platform.certificate(), crl);
        try {
            verifier.verify(platform.certificate(), CertificateRole.PLATFORM);
        } catch (CertificateRejected expected) {
            return;
        }
        throw new AssertionError("a platform certified itself");
    }

    private static void endorsement(byte[] der) throws IOException {
        try {
            makers.check(Pem.certificate(der));
        } catch (CertificateRejected expected) {
            return;
        }
    }

    /** A certificate of which the platform signed whatever it liked. */
    private static void eventKey(byte[] content) throws IOException {
        ASN1Primitive tbs = ASN1Primitive.fromByteArray(content);
        if (tbs == null) {
            return;
        }
        X509Certificate certificate = Pem.certificate(new DERSequence(new ASN1Encodable[]{tbs,
                new DefaultSignatureAlgorithmIdentifierFinder().find("SHA256withECDSA"),
                new DERBitString(TestSpeakers.sign(tbs.getEncoded(), platform.agentKey()))}).getEncoded());
        try {
            Parser.require(EventKey.verify(certificate, platform.certificate()) != null, "no key");
        } catch (CertificateRejected expected) {
            return;
        }
    }

    private static void event(byte[] body) throws IOException, EventUnverified {
        VerifiedEvent event = new EventVerifier(speakers.trust()).verify(SignedEvent.of(body, eventKey));
        Parser.require(event.speaker().equals("alpha"), "another spoke");
    }

    private static Path file(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("foreign.pem"), bytes);
    }

    private static X509Certificate issue(String name, KeyPair subject, KeyPair issuer, String usage) throws Exception {
        X500Principal maker = new X500Principal("CN=Maker");
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(maker, BigInteger.TWO,
                Date.from(Instant.now().minusSeconds(60)), Date.from(Instant.now().plusSeconds(86_400)),
                new X500Principal(name), subject.getPublic());
        if (usage != null) {
            builder.addExtension(Extension.extendedKeyUsage, false,
                    new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(usage))));
        }
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate())));
    }
}
