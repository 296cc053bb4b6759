package dev.caravan.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The key and the certificate, signed by itself, by which the console and the agents' Jolokia speak TLS in a lab. */
final class LabCertificates {
    private static final String ALIAS = "lab";
    private static final String DAYS = "30";

    private final LabPlan plan;
    private final Path password;

    /** @param password file with the password of both stores */
    LabCertificates(LabPlan plan, Path password) {
        this.plan = plan;
        this.password = password;
    }

    private Path directory() {
        return plan.home().resolve("tls");
    }

    /** The key and its certificate, PKCS#12. */
    Path keyStore() {
        return directory().resolve("lab.p12");
    }

    /** The certificate alone, PKCS#12. */
    Path trustStore() {
        return directory().resolve("trust.p12");
    }

    /** Makes both; the password file must be there. */
    void make() {
        String names = Stream.concat(Stream.of(plan.address()), plan.hosts().stream().map(plan::address))
                .map(address -> "ip:" + address).collect(Collectors.joining(","));
        try {
            Files.createDirectories(directory());
            Program.run(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias",
                    ALIAS, "-keyalg", "EC", "-groupname", "secp256r1", "-validity", DAYS, "-dname",
                    "CN=Caravan lab " + plan.name(), "-ext", "san=" + names, "-storetype", "PKCS12", "-keystore",
                    keyStore().toString(), "-storepass:file", password.toString());
            Files.setPosixFilePermissions(keyStore(), PosixFilePermissions.fromString("rw-------"));
            char[] secret = Files.readString(password).strip().toCharArray();
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            try (InputStream in = Files.newInputStream(keyStore())) {
                KeyStore own = KeyStore.getInstance("PKCS12");
                own.load(in, secret);
                trusted.setCertificateEntry(ALIAS, own.getCertificate(ALIAS));
            }
            try (OutputStream out = Files.newOutputStream(trustStore())) {
                trusted.store(out, secret);
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new LabFailed(
                    "cannot make the lab's certificate in " + directory() + ": " + e.getMessage(),
                    e);
        }
    }
}
