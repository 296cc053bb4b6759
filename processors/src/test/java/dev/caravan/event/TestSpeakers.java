package dev.caravan.event;

import dev.caravan.authority.CertificateAuthority;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.EventKey;
import dev.caravan.authority.HardwareAuthority.Proven;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.Pem;
import dev.caravan.authority.TrustStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.HashMap;
import java.util.Map;

/** An owner authority, what operators trust of it, and platforms whose agent keys the tests hold. */
public final class TestSpeakers {
    private final Path directory;
    private final CertificateAuthority ca;
    private final CertificateAuthority hardware;
    private final OwnerAuthority owner;
    private final TrustStore trust;
    private final Map<String, Platform> platforms = new HashMap<>();

    /** A platform's agent key and its certificate. */
    public record Platform(PrivateKey agentKey, X509Certificate certificate) {
        /** An event key that the agent key certifies now. */
        public EventKey eventKey() {
            try {
                return EventKey.certifiedBy(certificate, bytes -> TestSpeakers.sign(bytes, agentKey));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Founds the authorities below {@code directory}. */
    public TestSpeakers(Path directory) throws Exception {
        this.directory = directory;
        ca = new CertificateAuthority(directory.resolve("owner"), "Test owner authority");
        hardware = new CertificateAuthority(directory.resolve("hardware"), "Test hardware authority");
        owner = new OwnerAuthority(ca);
        trust = new TrustStore(directory.resolve("trust"));
        publish();
    }

    private void publish() throws Exception {
        trust.update(hardware.certificate(), hardware.crl(), ca.certificate(), ca.crl());
    }

    public TrustStore trust() {
        return trust;
    }

    /** Where the {@link #trust()} is. */
    public Path trustDirectory() {
        return directory.resolve("trust");
    }

    public OwnerAuthority owner() {
        return owner;
    }

    /** The platform of that name, certified at first use. */
    public Platform platform(String name) {
        return platforms.computeIfAbsent(name, unknown -> certify(name));
    }

    /** Another machine that the owner knows by that name. */
    public Platform certify(String name) {
        try {
            KeyPair pair = newKey();
            // any certificate does as its TPM's: nothing here looks at it
            Path tpm = Files.createTempDirectory(directory, "tpm");
            X509Certificate ek = owner.issueOperator("tpm-of-" + name, tpm);
            owner.admit(EnrolmentRequest.admit(name, OwnerAuthority.fingerprint(ek), true,
                    OwnerAuthority.ADMISSION_LIFETIME), "test");
            return new Platform(pair.getPrivate(),
                    owner.certify(new Proven(name, ek, ek.getPublicKey(), pair.getPublic())));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Revokes a certificate, and tells everybody who trusts. */
    public void revoke(X509Certificate certificate) throws Exception {
        ca.revoke(certificate.getSerialNumber());
        Files.delete(directory.resolve("trust/owner.crl"));
        publish();
    }

    /** The key and the certificate of a new operator are in the directory that this returns. */
    public Path operator(String name) throws Exception {
        Path keys = Files.createDirectories(directory.resolve("operators").resolve(name));
        owner.issueOperator(name, keys);
        return keys;
    }

    /** An event that {@code speaker} signs as its agent does. */
    public SignedEvent event(String speaker, String type, String subject, Object data) throws IOException {
        return SignedEvent.of(new MigrationEvents(speaker).encode(type, subject, data), platform(speaker).eventKey());
    }

    /** A new ECDSA P-256 key. */
    public static KeyPair newKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    /** ECDSA over SHA-256, DER. */
    public static byte[] sign(byte[] bytes, PrivateKey key) {
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(key);
            signature.update(bytes);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate and its key as an operator has them, for whoever uses the wrong ones. */
    public static EventKey operatorKey(Path directory) throws IOException {
        return new EventKey(Pem.privateKey(directory.resolve("operator-key.pem")),
                Pem.certificate(directory.resolve("operator.pem")), null);
    }
}
