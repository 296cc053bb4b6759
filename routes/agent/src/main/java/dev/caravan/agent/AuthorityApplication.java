package dev.caravan.agent;

import dev.caravan.authority.Authorities;
import dev.caravan.authority.CertificateAuthority;
import dev.caravan.authority.EndorsementChecker;
import dev.caravan.authority.HardwareAuthority;
import dev.caravan.authority.KeyPassword;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.SealedPassword;
import dev.caravan.authority.TrustStore;
import dev.caravan.broker.BrokerClient;
import dev.caravan.broker.Settings;
import dev.caravan.routes.BrokerComponent;
import dev.caravan.routes.authority.AuthorityRoutes;
import dev.caravan.routes.request.VerifyRequestRoute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Properties;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;

/** The two authorities in one JVM; each has a directory of its own below {@code caravan.home}. */
public final class AuthorityApplication implements AutoCloseable {
    private final Path home;
    private final Properties properties;
    private final CamelContext context = new DefaultCamelContext();
    private OwnerAuthority owner;
    private CertificateAuthority hardwareCa;
    private BrokerClient broker;

    /**
     * @param properties {@code caravan.home}, {@code caravan.maker-roots}, the broker's settings, and
     *                   {@code caravan.key-password-file} or {@code caravan.key-tpm} if the keys are stored under a password
     */
    public AuthorityApplication(Properties properties) {
        this.properties = properties;
        home = Path.of(Settings.required(properties, "caravan.home"));
    }

    /** The owner authority; founded at first use. */
    public synchronized OwnerAuthority owner() throws IOException {
        if (owner == null) {
            owner = new OwnerAuthority(new CertificateAuthority(home.resolve("owner"), "Caravan owner authority",
                    keyPassword()));
        }
        return owner;
    }

    private synchronized CertificateAuthority hardwareCa() throws IOException {
        if (hardwareCa == null) {
            hardwareCa = new CertificateAuthority(home.resolve("hardware"), "Caravan hardware authority",
                    keyPassword());
        }
        return hardwareCa;
    }

    private KeyPassword keyPassword() {
        String file = properties.getProperty("caravan.key-password-file");
        String tpm = properties.getProperty("caravan.key-tpm");
        if (file != null && tpm != null) {
            throw new IllegalArgumentException(
                    "caravan.key-password-file and caravan.key-tpm are both set; the keys are stored under one of them");
        }
        if (tpm != null) {
            return new SealedPassword(home.resolve("key-password.sealed"), tpm);
        }
        return file == null ? null : new PasswordFile(Path.of(file));
    }

    /** Both authorities' ledgers; the authorities may run meanwhile. */
    public Authorities authorities() throws IOException {
        return new Authorities(hardwareCa(), owner());
    }

    /** Starts the authorities; returns when they serve. */
    public void start() throws Exception {
        Files.deleteIfExists(run().resolve("ready"));
        String makers = properties.getProperty("caravan.maker-roots");
        if (makers == null || !Files.isDirectory(Path.of(makers))) {
            throw new IllegalArgumentException("caravan.maker-roots is " + (makers == null ? "missing" : makers)
                    + "; a directory with certificates of trusted TPM makers (PEM or DER) is needed");
        }
        TrustStore trust = authorities().publish(trust());
        HardwareAuthority hardware = new HardwareAuthority(hardwareCa(), new EndorsementChecker(Path.of(makers)),
                Clock.systemUTC());
        broker = BrokerClient.from(properties);
        context.getCamelContextExtension().setName("authority");
        context.getShutdownStrategy().setTimeout(5);
        context.addComponent("jms", BrokerComponent.of(broker));
        context.addRoutes(new VerifyRequestRoute(trust));
        context.addRoutes(new AuthorityRoutes(hardware, owner(), trust));
        context.start();
        ReadyFile.write(run());
    }

    /** Where the authorities themselves look what they have published. */
    public Path trust() {
        return home.resolve("trust");
    }

    private Path run() {
        return Path.of(properties.getProperty("caravan.run", home.toString()));
    }

    @Override
    public void close() {
        context.stop();
        if (broker != null) {
            broker.close();
        }
    }
}
