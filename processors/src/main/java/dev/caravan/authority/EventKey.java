package dev.caravan.authority;

import dev.caravan.crypto.Ecdsa;
import dev.caravan.wire.ClockDifference;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;

/**
 * A key in memory that events are signed with. The agent key is in the TPM, which takes up to a tenth of a second for a
 * signature and does one thing at a time: stage messages of a frozen container would wait behind events. So the agent
 * key certifies an event key, by X.509, for a day.
 *
 * @param key         signs events (ECDSA P-256)
 * @param holder      whose events they are: a certificate by the owner authority
 * @param certificate for {@code key}, signed by the holder's key; null where {@code key} is the holder's own
 */
public record EventKey(PrivateKey key, X509Certificate holder, X509Certificate certificate) {

    /** How long an agent's event key holds. */
    public static final Duration LIFETIME = Duration.ofDays(1);

    private static final int SERIAL_BITS = 126;
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * Makes an event key for a platform.
     *
     * @param platform the platform's certificate
     * @param agentKey signs bytes with the platform's agent key (ECDSA over SHA-256, DER)
     */
    public static EventKey certifiedBy(X509Certificate platform, UnaryOperator<byte[]> agentKey) throws IOException {
        KeyPair pair = CertificateAuthority.newKey();
        Instant now = Instant.now();
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(platform.getSubjectX500Principal(),
                    new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS),
                    Date.from(now.minus(ClockDifference.ALLOWED)),
                    Date.from(now.plus(LIFETIME)), platform.getSubjectX500Principal(), pair.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(
                    KeyPurposeId.getInstance(new ASN1ObjectIdentifier(CertificateRole.Oids.EVENT_KEY))));
            return new EventKey(pair.getPrivate(), platform,
                    new JcaX509CertificateConverter().getCertificate(builder.build(new ForeignSigner(agentKey))));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot certify an event key", e);
        }
    }

    /** Whether more than half of the key's time is over, so that another should take its place. */
    public boolean isDue() {
        X509Certificate shorter = certificate == null ? holder : certificate;
        Instant from = shorter.getNotBefore().toInstant();
        return Instant.now().isAfter(from.plus(Duration.between(from, shorter.getNotAfter().toInstant()).dividedBy(2)));
    }

    /** Signs {@code bytes}; the signature is DER. */
    public byte[] sign(byte[] bytes) throws IOException {
        try {
            return Ecdsa.sign(key, bytes);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot sign an event", e);
        }
    }

    /**
     * Requires that {@code certificate} is an event key's, by the platform whose certificate was verified before.
     *
     * @return the key
     */
    public static PublicKey verify(X509Certificate certificate, X509Certificate platform) throws CertificateRejected {
        require(certificate.getIssuerX500Principal().equals(platform.getSubjectX500Principal())
                && certificate.getSubjectX500Principal().equals(platform.getSubjectX500Principal())
                && isSignedBy(certificate, platform.getPublicKey()),
                "the event key is not certified by the agent key of " + CertificateVerifier.name(platform));
        Instant now = Instant.now();
        require(!now.isBefore(certificate.getNotBefore().toInstant()), "the event key is not valid before "
                + certificate.getNotBefore().toInstant() + "; it is " + now + " here: compare the clocks");
        require(!now.isAfter(certificate.getNotAfter().toInstant()), "the event key expired at "
                + certificate.getNotAfter().toInstant() + "; it is " + now + " here");
        require(certificate.getBasicConstraints() < 0, "the event key's certificate is that of an authority");
        boolean[] usage = certificate.getKeyUsage();
        require(usage != null && usage[0] && List.of(CertificateRole.Oids.EVENT_KEY).equals(usages(certificate))
                && !certificate.hasUnsupportedCriticalExtension(), "the certificate is not that of an event key");
        return certificate.getPublicKey();
    }

    private static boolean isSignedBy(X509Certificate certificate, PublicKey key) {
        try {
            certificate.verify(key);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static List<String> usages(X509Certificate certificate) throws CertificateRejected {
        try {
            return certificate.getExtendedKeyUsage();
        } catch (GeneralSecurityException e) {
            throw new CertificateRejected("the event key's extended key usage is malformed", e);
        }
    }

    private static void require(boolean condition, String reason) throws CertificateRejected {
        if (!condition) {
            throw new CertificateRejected(reason);
        }
    }

    /** Has another party sign what a certificate is made of. */
    private static final class ForeignSigner implements ContentSigner {
        private final UnaryOperator<byte[]> key;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();

        ForeignSigner(UnaryOperator<byte[]> key) {
            this.key = key;
        }

        @Override
        public AlgorithmIdentifier getAlgorithmIdentifier() {
            return new DefaultSignatureAlgorithmIdentifierFinder().find("SHA256withECDSA");
        }

        @Override
        public OutputStream getOutputStream() {
            return content;
        }

        @Override
        public byte[] getSignature() {
            return key.apply(content.toByteArray());
        }
    }
}
