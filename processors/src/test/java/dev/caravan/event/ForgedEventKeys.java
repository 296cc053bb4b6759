package dev.caravan.event;

import dev.caravan.authority.EventKey;
import dev.caravan.event.TestSpeakers.Platform;
import java.math.BigInteger;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
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

/** A certificate for an event key, by a platform's agent key; each test has it wrong in one thing. */
final class ForgedEventKeys {
    private final Platform platform;
    private String usage;
    private Duration left = Duration.ofHours(1);
    private X500Principal subject;
    private boolean authority;

    ForgedEventKeys(Platform platform) throws Exception {
        this.platform = platform;
        usage = platform.eventKey().certificate().getExtendedKeyUsage().get(0);
        subject = platform.certificate().getSubjectX500Principal();
    }

    ForgedEventKeys usage(String oid) {
        usage = oid;
        return this;
    }

    ForgedEventKeys left(Duration time) {
        left = time;
        return this;
    }

    ForgedEventKeys subject(String name) {
        subject = new X500Principal("CN=" + name);
        return this;
    }

    ForgedEventKeys authority() {
        authority = true;
        return this;
    }

    EventKey make() throws Exception {
        KeyPair pair = TestSpeakers.newKey();
        Instant end = Instant.now().plus(left);
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                platform.certificate().getSubjectX500Principal(), BigInteger.TEN, Date.from(end.minusSeconds(7200)),
                Date.from(end), subject, pair.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        builder.addExtension(Extension.extendedKeyUsage, true,
                new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(usage))));
        return new EventKey(pair.getPrivate(), platform.certificate(), new JcaX509CertificateConverter()
                .getCertificate(builder.build(
                        new JcaContentSignerBuilder("SHA256withECDSA").build(platform.agentKey()))));
    }
}
