package dev.caravan.authority;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.wire.Excerpt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.bouncycastle.util.encoders.DecoderException;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/** Keys, certificates and revocation lists as PEM files (RFC 7468). */
public final class Pem {
    private static final int MAX_BYTES = 1 << 20;
    /** The first byte of every certificate in DER. */
    private static final byte DER_SEQUENCE = 0x30;

    private Pem() {
    }

    /** Reads a certificate. */
    public static X509Certificate certificate(Path file) throws IOException {
        return certificate(read(file, "CERTIFICATE"));
    }

    /**
     * Reads all certificates of a file: PEM, any number with text between them, or DER, one.
     *
     * @throws IOException if there is none, or something else among them
     */
    public static List<X509Certificate> certificates(Path file) throws IOException {
        byte[] bytes = bytes(file);
        if (bytes.length > 0 && bytes[0] == DER_SEQUENCE) {
            return List.of(certificate(bytes));
        }
        List<X509Certificate> certificates = new ArrayList<>();
        try (PemReader reader = new PemReader(
                new StringReader(new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1)))) {
            for (PemObject object = reader.readPemObject(); object != null; object = reader.readPemObject()) {
                if (!object.getType().equals("CERTIFICATE")) {
                    throw new IOException("it holds a PEM \"" + object.getType() + "\"; certificates are expected");
                }
                certificates.add(certificate(object.getContent()));
            }
        } catch (DecoderException e) {
            throw new IOException("it is not PEM: " + e.getMessage(), e);
        }
        if (certificates.isEmpty()) {
            throw new IOException("it is empty, or neither PEM nor DER");
        }
        return certificates;
    }

    /** Parses a certificate from DER. */
    public static X509Certificate certificate(byte[] der) throws IOException {
        try {
            X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der));
            if (certificate == null) {
                throw new IOException("not a certificate: it is empty");
            }
            return certificate;
        } catch (GeneralSecurityException e) {
            throw new IOException("not a certificate: " + Excerpt.value(e.getMessage()), e);
        }
    }

    /** Reads a revocation list. */
    public static X509CRL crl(Path file) throws IOException {
        return crl(read(file, "X509 CRL"));
    }

    /** Parses a revocation list from DER. */
    public static X509CRL crl(byte[] der) throws IOException {
        try {
            return (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IOException("not a revocation list: " + e.getMessage(), e);
        }
    }

    /** Reads an EC private key (PKCS#8). */
    public static PrivateKey privateKey(Path file) throws IOException {
        try {
            return privateKey(read(file, "PRIVATE KEY"));
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " holds no EC private key in PKCS#8", e);
        }
    }

    /** Parses an EC private key (PKCS#8), whose bytes are overwritten. */
    static PrivateKey privateKey(byte[] pkcs8) throws GeneralSecurityException {
        try {
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } finally {
            Arrays.fill(pkcs8, (byte) 0);
        }
    }

    /** Writes a private key with mode 0600 from the start; fails if the file is there. */
    public static void writePrivate(Path file, PrivateKey key) throws IOException {
        byte[] pem = encode("PRIVATE KEY", key.getEncoded());
        try (FileChannel channel = OwnerOnly.newFile(file)) {
            channel.write(ByteBuffer.wrap(pem));
            channel.force(true);
        }
    }

    /** Writes a certificate in one step. */
    public static void write(Path file, X509Certificate certificate) throws IOException {
        try {
            replace(file, encode("CERTIFICATE", certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot encode a certificate", e);
        }
    }

    /** Writes a revocation list in one step. */
    public static void write(Path file, X509CRL crl) throws IOException {
        try {
            replace(file, encode("X509 CRL", crl.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot encode a revocation list", e);
        }
    }

    /** Puts {@code bytes} into {@code file} so that a reader sees the old or the new content, never half of it. */
    public static void replace(Path file, byte[] bytes) throws IOException {
        Path temporary = Files.createTempFile(Objects.requireNonNull(file.toAbsolutePath().getParent()), "", ".new");
        try (FileChannel channel = FileChannel.open(temporary, EnumSet.of(StandardOpenOption.WRITE))) {
            channel.write(ByteBuffer.wrap(bytes));
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] read(Path file, String type) throws IOException {
        PemObject object = object(file);
        if (object == null || !object.getType().equals(type)) {
            throw new IOException(file + " holds no PEM \"" + type + "\"");
        }
        return object.getContent();
    }

    /** The first PEM object of a file, or null. */
    static PemObject object(Path file) throws IOException {
        try (PemReader reader = new PemReader(
                new StringReader(new String(bytes(file), java.nio.charset.StandardCharsets.ISO_8859_1)))) {
            return reader.readPemObject();
        } catch (DecoderException e) {
            throw new IOException(file + " is not PEM: " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(file + " is longer than " + MAX_BYTES + " bytes");
        }
        return Files.readAllBytes(file);
    }

    static byte[] encode(String type, byte[] content) throws IOException {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(type, content));
        }
        return text.toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
}
