package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caravan.agent.AuthorityApplication;
import dev.caravan.authority.CertificateRejected;
import dev.caravan.authority.CertificateRole;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.Pem;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.authority.TrustStore;
import dev.caravan.beneath.OwnerOnly;
import dev.caravan.broker.BrokerClient;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.routes.BrokerComponent;
import dev.caravan.routes.authority.EnrolmentRoute;
import dev.caravan.routes.request.SignRequestRoute;
import dev.caravan.routes.request.VerifyRequestRoute;
import dev.caravan.tpm.SwtpmProcess;
import dev.caravan.tpm.Tpm;
import dev.caravan.tpm.TpmComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators and a host that are thrown out while everything runs: broker, authorities, an agent with its TPM. */
class AuthorityAttackTest {
    private static final byte[] REQUEST = "{}".getBytes(StandardCharsets.UTF_8);

    @TempDir
    static Path directory;
    private static EmbeddedBroker broker;
    private static SwtpmProcess swtpm;
    private static AuthorityApplication authority;
    private static BrokerClient agentBroker;
    private static final DefaultCamelContext AGENT = new DefaultCamelContext();
    private static ProducerTemplate agent;
    private static TrustStore trust;
    private static PlatformIdentity identity;
    private static String ek;

    @BeforeAll
    static void start() throws Exception {
        startBroker();
        swtpm = SwtpmProcess.start(Files.createDirectories(directory.resolve("tpm")));
        Path makers = Files.createDirectories(directory.resolve("makers"));
        int i = 0;
        for (X509Certificate maker : swtpm.makerCertificates(directory.resolve("tpm/maker"))) {
            Pem.write(makers.resolve(i++ + ".pem"), maker);
        }
        Properties settings = client("authority");
        settings.setProperty("caravan.home", directory.resolve("authority").toString());
        settings.setProperty("caravan.maker-roots", makers.toString());
        try (var out = Files.newOutputStream(directory.resolve("authority.properties"))) {
            settings.store(out, null);
        }
        authority = new AuthorityApplication(settings);
        authority.start();
        startAgent();
    }

    private static void startBroker() throws Exception {
        List<String> users = List.of("agent-alpha", "authority", "operator");
        StringBuilder passwords = new StringBuilder();
        StringBuilder roles = new StringBuilder();
        users.forEach(user -> {
            passwords.append(user).append("=secret of ").append(user).append('\n');
            roles.append(user).append('=').append(user).append('\n');
        });
        Properties settings = new Properties();
        settings.setProperty("caravan.home", directory.resolve("broker").toString());
        settings.setProperty("caravan.broker.bind", "127.0.0.1:0");
        settings.setProperty("caravan.broker.users", secret("users", passwords.toString()).toString());
        settings.setProperty("caravan.broker.roles", secret("roles", roles.toString()).toString());
        broker = EmbeddedBroker.from(settings);
        broker.start();
    }

    private static Path secret(String name, String content) throws Exception {
        Path file = Files.createFile(directory.resolve(name),
                OwnerOnly.FILE);
        return Files.writeString(file, content);
    }

    private static Properties client(String user) throws Exception {
        Path password = directory.resolve(user + ".password");
        if (Files.notExists(password)) {
            secret(user + ".password", "secret of " + user);
        }
        Properties settings = new Properties();
        settings.setProperty("caravan.broker.url", broker.url());
        settings.setProperty("caravan.broker.user", user);
        settings.setProperty("caravan.broker.password-file", password.toString());
        return settings;
    }

    private static void startAgent() throws Exception {
        agentBroker = BrokerClient.from(client("agent-alpha"));
        try (Tpm tpm = Tpm.open(swtpm.address())) {
            identity = PlatformIdentity.openOrCreate(directory.resolve("identity"), tpm);
            ek = OwnerAuthority.fingerprint(tpm.ekCertificate());
        }
        trust = authority.authorities().publish(directory.resolve("agent-trust"));
        TpmComponent tpm = new TpmComponent();
        tpm.getConfiguration().setDevice(swtpm.address());
        AGENT.addComponent("tpm", tpm);
        AGENT.addComponent("jms", BrokerComponent.of(agentBroker));
        AGENT.addRoutes(new EnrolmentRoute("alpha", identity, trust, Duration.ofSeconds(1)));
        AGENT.addRoutes(new VerifyRequestRoute(trust));
        AGENT.start();
        agent = AGENT.createProducerTemplate();
    }

    @AfterAll
    static void stop() throws Exception {
        AGENT.stop();
        if (agentBroker != null) {
            agentBroker.close();
        }
        if (authority != null) {
            authority.close();
        }
        if (swtpm != null) {
            swtpm.close();
        }
        if (broker != null) {
            broker.close();
        }
    }

    /** An operator with a configuration for the command line. */
    private record Operator(String name, Path configuration) {
        private Path home() {
            return configuration.resolveSibling(name);
        }

        private X509Certificate certificate() throws Exception {
            return Pem.certificate(home().resolve("operator.pem"));
        }

        private int run(String... command) {
            String[] all = java.util.Arrays.copyOf(command, command.length + 2);
            all[command.length] = "--config";
            all[command.length + 1] = configuration.toString();
            return Caravan.run(all);
        }

        /** Takes a request as the agent does; returns why not, or null. */
        private String refusal() throws Exception {
            try (DefaultCamelContext signer = new DefaultCamelContext()) {
                signer.addRoutes(
                        new SignRequestRoute(home().resolve("operator-key.pem"), home().resolve("operator.pem")));
                signer.start();
                Exchange signed = signer.createProducerTemplate().send("direct:sign-request",
                        exchange -> exchange.getMessage().setBody(REQUEST));
                Exchange verified = agent.send("direct:verify-request", exchange -> {
                    exchange.getMessage().setBody(REQUEST);
                    exchange.getMessage().setHeaders(signed.getMessage().getHeaders());
                });
                return verified.getException() == null ? null : verified.getException().getMessage();
            }
        }
    }

    private static int authority(String... command) {
        return new Operator("authority", directory.resolve("authority.properties")).run(command);
    }

    private static Operator operator(String name) throws Exception {
        assertThat(authority("authority", "issue-operator", name, "--out", directory.resolve(name).toString()))
                .isZero();
        Properties settings = client("operator");
        settings.setProperty("caravan.operator.key", directory.resolve(name).resolve("operator-key.pem").toString());
        settings.setProperty("caravan.operator.certificate",
                directory.resolve(name).resolve("operator.pem").toString());
        settings.setProperty("caravan.trust", directory.resolve(name).resolve("trust").toString());
        Path file = directory.resolve(name + ".properties");
        try (var out = Files.newOutputStream(file)) {
            settings.store(out, null);
        }
        return new Operator(name, file);
    }

    private static Exchange enrol() {
        return agent.send("direct:enrol", exchange -> {
        });
    }

    @Test
    void aRunningAgentRefusesAnOperatorThatWasThrownOutAMomentAgo() throws Exception {
        Operator mallory = operator("mallory");
        assertThat(mallory.refusal()).isNull();
        assertThat(authority("authority", "revoke", "mallory")).isZero();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(mallory.refusal()).contains("an operator certificate was revoked"));
    }

    @Test
    void theAuthoritiesThemselvesTakeNoAdmissionOfAnOperatorThatIsOut() throws Exception {
        Operator eve = operator("eve");
        assertThat(authority("authority", "revoke", "eve")).isZero();
        assertThat(eve.run("enrol", "gamma", "--ek-sha256", "0".repeat(64), "--answer-within", "1")).isNotZero();
        assertThatThrownBy(() -> authority.owner().requireAdmitted("gamma", eve.certificate()))
                .hasMessageContaining("no operator admitted platform gamma");
        assertThat(authority("authority", "revoke", "gamma")).as("nothing was admitted under that name")
                .isEqualTo(CommandFailed.USAGE);
    }

    @Test
    void aHostEnrolsOnceForEachAdmissionAndIsThrownOutWhole() throws Exception {
        Operator anna = operator("anna");
        assertThat(enrol().getException()).hasMessageContaining("no operator admitted platform alpha");
        assertThat(anna.run("enrol", "alpha", "--ek-sha256", ek)).isZero();
        assertThat(enrol().getException()).isNull();
        X509Certificate aik = identity.aikCertificate();
        X509Certificate platform = identity.platformCertificate();
        assertThat(trust.hardware().verify(aik, CertificateRole.AIK)).isEqualTo("alpha");
        assertThat(enrol().getException()).hasMessageContaining("its admission was used or has expired");

        assertThat(anna.run("enrol", "alpha", "--ek-sha256", "1".repeat(64))).as("another TPM")
                .isEqualTo(CommandFailed.USAGE);
        assertThat(anna.run("enrol", "alpha", "--ek-sha256", ek)).isZero();
        assertThat(enrol().getException()).isNull();
        assertRevoked(aik, CertificateRole.AIK);
        assertRevoked(platform, CertificateRole.PLATFORM);
        assertThat(trust.owner().verify(identity.platformCertificate(), CertificateRole.PLATFORM)).isEqualTo("alpha");

        assertThat(authority("authority", "revoke", "alpha")).isZero();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertRevoked(identity.aikCertificate(), CertificateRole.AIK);
            assertRevoked(identity.platformCertificate(), CertificateRole.PLATFORM);
        });
    }

    private static void assertRevoked(X509Certificate certificate, CertificateRole role) {
        assertThatThrownBy(
                () -> (role == CertificateRole.AIK ? trust.hardware() : trust.owner()).verify(certificate, role))
                .isInstanceOf(CertificateRejected.class).hasMessageContaining("was revoked");
    }

    @Test
    void anOperatorLearnsOfARevocationBeforeItVerifiesAnything() throws Exception {
        Operator carol = operator("carol");
        Operator dave = operator("dave");
        assertThat(authority("authority", "revoke", "dave")).isZero();
        Path fetched = carol.home().resolve("trust/fetched");
        Files.setLastModifiedTime(fetched, FileTime.from(Instant.now().minus(OperatorTrust.FRESH)));
        OperatorConfiguration configuration = OperatorConfiguration.read(carol.configuration());
        try (OperatorClient client = new OperatorClient(configuration, warning -> {
        })) {
            assertThatThrownBy(
                    () -> configuration.trusted().owner().verify(dave.certificate(), CertificateRole.OPERATOR))
                    .isInstanceOf(CertificateRejected.class).hasMessageContaining("was revoked");
        }
    }

    @Test
    void anOperatorWithoutTheAuthoritiesCertificatesBelievesNoAnswer() throws Exception {
        Operator frank = operator("frank");
        Files.delete(frank.home().resolve("trust/owner-ca.pem"));
        assertThatThrownBy(() -> new OperatorClient(OperatorConfiguration.read(frank.configuration()), warning -> {
        }))
                .isInstanceOf(CommandFailed.class).hasMessageContaining("caravan.trust is ");
        assertThat(frank.home().resolve("trust/owner-ca.pem")).doesNotExist();
    }

    @Test
    void rubbishAtEnrolmentIsAnswered() {
        for (byte[] rubbish : List.of(new byte[0], new byte[512], new byte[]{0x30, 0x03})) {
            byte[] answer = agent.requestBody("direct:ask-authority", EnrolmentRequest
                    .toJson(EnrolmentRequest.enrol("alpha", rubbish, new byte[1], new byte[1])), byte[].class);
            assertThat(EnrolmentRequest.parseAnswer(answer).error()).startsWith("ekCertificate is not a certificate");
        }
    }

    @Test
    void theAuthoritiesKeysAreNotOnDiskInTheClear() throws Exception {
        Properties settings = new Properties();
        settings.setProperty("caravan.home", directory.resolve("guarded").toString());
        settings.setProperty("caravan.key-password-file", secret("key-password", "correct horse").toString());
        new AuthorityApplication(settings).authorities();
        for (String each : List.of("owner", "hardware")) {
            assertThat(Files.readString(directory.resolve("guarded").resolve(each).resolve("key.pem")))
                    .startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");
        }
        settings.setProperty("caravan.key-password-file", secret("other-password", "battery staple").toString());
        assertThatThrownBy(() -> new AuthorityApplication(settings).authorities())
                .hasMessageContaining("other-password does not open");
    }
}
