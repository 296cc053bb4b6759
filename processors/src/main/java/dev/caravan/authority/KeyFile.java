package dev.caravan.authority;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.crypto.Ecdsa;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Objects;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.util.PBKDF2Config;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfoBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEInputDecryptorProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEOutputEncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/**
 * An authority's private key in a file of mode 0600: PKCS#8 in PEM, plain or encrypted under a password (PBES2: PBKDF2
 * with HMAC-SHA-256, then AES-256-CBC), as {@code openssl pkcs8} reads it.
 */
final class KeyFile {
    /** OWASP's advice for PBKDF2 with HMAC-SHA-256. */
    private static final int ITERATIONS = 600_000;
    private static final int SALT_BYTES = 16;
    private static final String PLAIN = "PRIVATE KEY";
    private static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";
    private static final byte[] PROBE = {1};

    private final Path file;
    private final KeyPassword password;
    private final BouncyCastleProvider provider = new BouncyCastleProvider();

    /** @param password null stores the key plain */
    KeyFile(Path file, KeyPassword password) {
        this.file = file;
        this.password = password;
    }

    /** Stores a new key; fails if the file is there. */
    void create(PrivateKey key) throws IOException {
        write(file, key);
    }

    /**
     * Reads the key. One that is stored plain although there is a password is encrypted, and its plain bytes are
     * overwritten.
     *
     * @param certified the key that it must belong to
     * @throws IOException if it is encrypted under another password, or belongs to another key
     */
    PrivateKey open(PublicKey certified) throws IOException {
        PemObject pem = Pem.object(file);
        String type = pem == null ? "nothing" : pem.getType();
        PrivateKey key;
        if (type.equals(PLAIN)) {
            key = plain(pem.getContent());
        } else if (type.equals(ENCRYPTED)) {
            key = decrypt(pem.getContent());
        } else {
            throw new IOException(file + " holds " + CertificateNames.shortened(type) + "; a private key is expected");
        }
        requirePair(key, certified);
        if (type.equals(PLAIN) && password != null) {
            encryptInPlace(key);
        }
        return key;
    }

    private PrivateKey plain(byte[] content) throws IOException {
        try {
            return Pem.privateKey(content);
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " holds no EC private key in PKCS#8", e);
        }
    }

    private PrivateKey decrypt(byte[] content) throws IOException {
        if (password == null) {
            throw new IOException(file + " is encrypted: set caravan.key-password-file or caravan.key-tpm");
        }
        char[] secret = password.read();
        try {
            PrivateKeyInfo info = new PKCS8EncryptedPrivateKeyInfo(content).decryptPrivateKeyInfo(
                    new JcePKCSPBEInputDecryptorProviderBuilder().setProvider(provider).build(secret));
            return Pem.privateKey(info.getEncoded());
        } catch (PKCSException | IOException | GeneralSecurityException | RuntimeException e) {
            throw new IOException(password.description() + " does not open " + file, e);
        } finally {
            Arrays.fill(secret, '\0');
        }
    }

    private void requirePair(PrivateKey key, PublicKey certified) throws IOException {
        try {
            if (Ecdsa.verifies(certified, PROBE, Ecdsa.sign(key, PROBE))) {
                return;
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " holds no key of the authority's certificate", e);
        }
        throw new IOException(file + " holds another key than that of the authority's certificate");
    }

    /** The plain bytes go only when the encrypted ones are found under the name after any crash. */
    private void encryptInPlace(PrivateKey key) throws IOException {
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
        Path encrypted = directory.resolve("key.pem.new");
        Files.deleteIfExists(encrypted);
        write(encrypted, key);
        try (FileChannel plain = FileChannel.open(file, StandardOpenOption.WRITE);
                FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            Files.move(encrypted, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            entries.force(true);
            plain.write(ByteBuffer.allocate((int) plain.size()), 0);
            plain.force(true);
        }
    }

    private void write(Path target, PrivateKey key) throws IOException {
        byte[] plain = key.getEncoded();
        byte[] pem = null;
        try {
            pem = password == null ? Pem.encode(PLAIN, plain) : Pem.encode(ENCRYPTED, encrypt(plain));
            try (FileChannel channel = OwnerOnly.newFile(target)) {
                channel.write(ByteBuffer.wrap(pem));
                channel.force(true);
            }
        } finally {
            Arrays.fill(plain, (byte) 0);
            if (pem != null) {
                Arrays.fill(pem, (byte) 0);
            }
        }
    }

    private byte[] encrypt(byte[] plain) throws IOException {
        char[] secret = password.readOrMake();
        try {
            PBKDF2Config derivation = new PBKDF2Config.Builder().withIterationCount(ITERATIONS)
                    .withSaltLength(SALT_BYTES)
                    .withPRF(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE))
                    .build();
            return new PKCS8EncryptedPrivateKeyInfoBuilder(PrivateKeyInfo.getInstance(plain))
                    .build(new JcePKCSPBEOutputEncryptorBuilder(derivation, NISTObjectIdentifiers.id_aes256_CBC)
                            .setProvider(provider).build(secret))
                    .getEncoded();
        } catch (OperatorCreationException e) {
            throw new IOException("cannot encrypt " + file, e);
        } finally {
            Arrays.fill(secret, '\0');
        }
    }
}
