package dev.caravan.authority;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.tpm.Tpm;
import dev.caravan.tpm.TpmKey;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;

/**
 * A platform's keys and certificates, in its home. The private keys are wrapped by the TPM: the files are of no use to
 * another machine.
 */
public final class PlatformIdentity {
    private final Path directory;
    private final TpmKey aik;
    private final TpmKey agentKey;

    private PlatformIdentity(Path directory, TpmKey aik, TpmKey agentKey) {
        this.directory = directory;
        this.aik = aik;
        this.agentKey = agentKey;
    }

    /** Reads the identity in {@code directory}, or has the TPM make keys for a new one. */
    public static PlatformIdentity openOrCreate(Path directory, Tpm tpm) throws IOException {
        OwnerOnly.directories(directory);
        return new PlatformIdentity(directory, key(directory.resolve("aik.key"), tpm::createAik),
                key(directory.resolve("agent.key"), tpm::createSigningKey));
    }

    public TpmKey aik() {
        return aik;
    }

    public TpmKey agentKey() {
        return agentKey;
    }

    /** Whether both authorities have certified this platform. */
    public boolean isEnrolled() {
        return Files.exists(directory.resolve("aik.pem")) && Files.exists(directory.resolve("platform.pem"));
    }

    public X509Certificate aikCertificate() throws IOException {
        return Pem.certificate(directory.resolve("aik.pem"));
    }

    public X509Certificate platformCertificate() throws IOException {
        return Pem.certificate(directory.resolve("platform.pem"));
    }

    /** Keeps the certificates that the authorities issued. */
    public void enrolled(X509Certificate aikCertificate, X509Certificate platformCertificate) throws IOException {
        Pem.write(directory.resolve("aik.pem"), aikCertificate);
        Pem.write(directory.resolve("platform.pem"), platformCertificate);
    }

    private static TpmKey key(Path file, java.util.function.Supplier<TpmKey> maker) throws IOException {
        if (Files.notExists(file)) {
            TpmKey made = maker.get();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeShort(made.publicArea().length);
            out.write(made.publicArea());
            out.writeShort(made.privateBlob().length);
            out.write(made.privateBlob());
            Pem.replace(file, bytes.toByteArray());
            return made;
        }
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            return new TpmKey(in.readNBytes(in.readUnsignedShort()), in.readNBytes(in.readUnsignedShort()));
        }
    }
}
