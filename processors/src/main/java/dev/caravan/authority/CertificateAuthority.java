package dev.caravan.authority;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.wire.ClockDifference;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority with one ECDSA P-256 key. Its directory (mode 0700) holds {@code key.pem} (mode 0600),
 * {@code ca.pem} and {@code ledger.db}, all made at first start. Thread-safe; another process may revoke meanwhile.
 */
public final class CertificateAuthority {
    /** How long the authority's own certificate holds. */
    public static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);
    /** How long certificates of platforms, AIKs and operators hold. */
    public static final Duration CERTIFICATE_LIFETIME = Duration.ofDays(365);
    /** How long a revocation list holds. */
    public static final Duration CRL_LIFETIME = Duration.ofDays(7);

    private static final SecureRandom RANDOM = new SecureRandom();

    private final InstantSource clock;
    private final Ledger ledger;
    private final PrivateKey key;
    private final X509Certificate certificate;

    /** Opens the authority in {@code directory}, or founds it there as {@code name}. */
    public CertificateAuthority(Path directory, String name) throws IOException {
        this(directory, name, null, InstantSource.system());
    }

    /**
     * Opens the authority in {@code directory}, or founds it there as {@code name}.
     *
     * @param password under which its key is stored; null stores a new key plain
     * @throws IOException also if the key is stored under another password
     */
    public CertificateAuthority(Path directory, String name, KeyPassword password) throws IOException {
        this(directory, name, password, InstantSource.system());
    }

    CertificateAuthority(Path directory, String name, KeyPassword password, InstantSource clock) throws IOException {
        this.clock = clock;
        OwnerOnly.directories(directory);
        KeyFile keyFile = new KeyFile(directory.resolve("key.pem"), password);
        Path certificateFile = directory.resolve("ca.pem");
        ledger = new Ledger(directory.resolve("ledger.db"));
        if (Files.notExists(certificateFile)) {
            // a crash in between leaves a key without a certificate: nobody has trusted it yet
            Files.deleteIfExists(directory.resolve("key.pem"));
            KeyPair pair = newKey();
            keyFile.create(pair.getPrivate());
            key = pair.getPrivate();
            certificate = found(name, pair);
            signList();
            Pem.write(certificateFile, certificate);
        } else {
            certificate = Pem.certificate(certificateFile);
            key = keyFile.open(certificate.getPublicKey());
            if (ledger.list().isEmpty()) {
                throw new IOException(directory.resolve("ledger.db") + " is not the ledger of the authority in "
                        + certificateFile + ": restore it, or all that was revoked would be good again");
            }
        }
    }

    public X509Certificate certificate() {
        return certificate;
    }

    Ledger ledger() {
        return ledger;
    }

    /** The revocation list that holds now: signed anew when half of its time is over. */
    public X509CRL crl() throws IOException {
        return ledger.store().transaction(() -> {
            X509CRL current = lastList();
            if (current.getNextUpdate().toInstant().isAfter(clock.instant().plus(CRL_LIFETIME.dividedBy(2)))) {
                return current;
            }
            signList();
            return lastList();
        });
    }

    private X509CRL lastList() throws IOException {
        return Pem.crl(ledger.list().orElseThrow(() -> new IOException("the ledger has no revocation list")).der());
    }

    /** Certifies {@code subjectKey} for {@code commonName} in that role. */
    X509Certificate issue(String commonName, PublicKey subjectKey, CertificateRole role, byte[] aikBinding)
            throws IOException {
        return issue(commonName, subjectKey, role, aikBinding, null);
    }

    /**
     * Certifies {@code subjectKey} for {@code commonName} in that role, and enters it in the ledger.
     *
     * @param aikBinding for a platform: SHA-256 of its AIK's SubjectPublicKeyInfo
     * @param ekSha256   the EK certificate that the platform proved to hold
     */
    X509Certificate issue(String commonName, PublicKey subjectKey, CertificateRole role, byte[] aikBinding,
            String ekSha256) throws IOException {
        try {
            JcaX509v3CertificateBuilder builder = builder(commonName, subjectKey, CERTIFICATE_LIFETIME);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, true,
                    new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(role.usage()))));
            if (aikBinding != null) {
                builder.addExtension(CertificateRole.Oids.AIK_BINDING, false, new DEROctetString(aikBinding));
            }
            X509Certificate issued = new JcaX509CertificateConverter().getCertificate(builder.build(signer(key)));
            ledger.issued(issued.getSerialNumber(), role, commonName, ekSha256, clock.instant(),
                    issued.getNotAfter().toInstant());
            return issued;
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("cannot certify " + commonName, e);
        }
    }

    /** Revokes a certificate of this authority, at once and for good, whether the ledger knows it or not. */
    public void revoke(BigInteger serial) throws IOException {
        revoke(List.of(serial), RevocationReason.WITHDRAWN);
    }

    void revoke(Collection<BigInteger> serials, RevocationReason reason) throws IOException {
        ledger.store().transaction(() -> {
            boolean more = false;
            for (BigInteger serial : serials) {
                more |= ledger.revoke(serial, clock.instant(), reason);
            }
            if (more) {
                signList();
            }
            return null;
        });
    }

    /** Revokes what was issued to that name in that role before: it will be issued anew. */
    void supersede(String subject, CertificateRole role) throws IOException {
        revoke(ledger.issuedTo(subject).stream()
                .filter(issued -> issued.role() == role && issued.revokedAt() == null)
                .map(issued -> new BigInteger(issued.serial(), 16)).toList(), RevocationReason.SUPERSEDED);
    }

    private void signList() throws IOException {
        Instant now = clock.instant();
        long number = ledger.list().map(Ledger.LastList::number).orElse(0L) + 1;
        try {
            JcaX509v2CRLBuilder builder = new JcaX509v2CRLBuilder(certificate.getSubjectX500Principal(),
                    Date.from(now.minus(ClockDifference.ALLOWED)));
            builder.setNextUpdate(Date.from(now.plus(CRL_LIFETIME)));
            builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number)));
            for (Ledger.Revoked revoked : ledger.revoked(now.minus(CRL_LIFETIME))) {
                builder.addCRLEntry(revoked.serial(), Date.from(revoked.at().minus(ClockDifference.ALLOWED)),
                        revoked.reason().code());
            }
            ledger.list(number, builder.build(signer(key)).getEncoded());
        } catch (OperatorCreationException e) {
            throw new IOException("cannot sign a revocation list", e);
        }
    }

    private static X509Certificate found(String name, KeyPair pair) throws IOException {
        try {
            X500Principal subject = new X500Principal("CN=" + name);
            Instant now = Instant.now();
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(subject, serial(),
                    Date.from(now.minus(ClockDifference.ALLOWED)), Date.from(now.plus(AUTHORITY_LIFETIME)), subject,
                    pair.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(Extension.subjectKeyIdentifier, false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer(pair.getPrivate())));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("cannot found the authority " + name, e);
        }
    }

    private JcaX509v3CertificateBuilder builder(String commonName, PublicKey subjectKey, Duration lifetime)
            throws GeneralSecurityException {
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(certificate, serial(), Date.from(now.minus(ClockDifference.ALLOWED)),
                Date.from(now.plus(lifetime)), new X500Principal("CN=" + commonName), subjectKey);
    }

    private static ContentSigner signer(PrivateKey key) throws OperatorCreationException {
        return new JcaContentSignerBuilder("SHA256withECDSA").build(key);
    }

    private static BigInteger serial() {
        return new BigInteger(126, RANDOM).setBit(126);
    }

    /** A new ECDSA P-256 key. */
    static KeyPair newKey() throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot make a key", e);
        }
    }

    /** SHA-256 of bytes. */
    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
