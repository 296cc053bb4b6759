package dev.caravan.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.jms.JMSContext;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.JMSSecurityRuntimeException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.activemq.artemis.core.config.FileDeploymentManager;
import org.apache.activemq.artemis.core.config.impl.FileConfiguration;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.ActiveMQServers;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files under {@code standalone/etc}, as an administrator would use them, with TLS. */
class StandaloneConfigurationTest {
    private static final Path ETC = Path.of("standalone", "etc");
    private static final String PASSWORD = "changed-by-the-test";

    @TempDir
    static Path stores;
    @TempDir
    Path directory;
    private TestBroker files;
    private ActiveMQServer server;
    private String url;

    @BeforeAll
    static void makeStores() throws Exception {
        keytool("-genkeypair", "-alias", "broker", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=broker",
                "-ext", "san=ip:127.0.0.1", "-keystore", file("keystore.p12"));
        keytool("-exportcert", "-alias", "broker", "-keystore", file("keystore.p12"), "-file", file("broker.crt"));
        keytool("-importcert", "-noprompt", "-alias", "broker", "-file", file("broker.crt"), "-keystore",
                file("truststore.p12"));
    }

    @BeforeEach
    void start() throws Exception {
        files = new TestBroker(directory);

        FileConfiguration configuration = new FileConfiguration();
        FileDeploymentManager deployment = new FileDeploymentManager(
                ETC.resolve("broker.xml").toAbsolutePath().toUri().toString());
        deployment.addDeployable(configuration).readConfiguration();
        configuration.setBrokerInstance(directory.toFile());
        for (String name : List.of("alpha", "beta")) {
            apply(configuration, Files.readString(ETC.resolve("broker.d/agent.properties.template")).replace("NAME",
                    name));
        }
        apply(configuration, Files.readString(ETC.resolve("broker.d/tls.properties.example")).replace("…", PASSWORD));
        apply(configuration, "acceptorConfigurations.caravan.params.host=127.0.0.1\n"
                + "acceptorConfigurations.caravan.params.port=0\nacceptorConfigurations.caravan.params.keyStorePath="
                + file("keystore.p12") + "\nacceptorConfigurations.caravan.params.trustStorePath="
                + file("truststore.p12"));
        Files.copy(directory.resolve("users"), directory.resolve("artemis-users.properties"));
        Files.writeString(directory.resolve("artemis-roles.properties"),
                Files.readString(ETC.resolve("artemis-roles.properties.example")).replace("operator-anna",
                        "operator"));
        server = ActiveMQServers.newActiveMQServer(configuration, null,
                new ActiveMQJAASSecurityManager("activemq", new LoginFile(directory)));
        server.start();
        url = "tcp://127.0.0.1:"
                + ((NettyAcceptor) server.getRemotingService().getAcceptor("caravan")).getActualPort();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    /** {@code login.config} with the directory that a standalone broker takes from its environment. */
    private static final class LoginFile extends SecurityConfiguration {
        private final AppConfigurationEntry[] entries;

        LoginFile(Path directory) throws Exception {
            String text = Files.readString(ETC.resolve("login.config")).replace("reload=true",
                    "reload=true baseDir=\"" + directory + "\"");
            Path file = Files.writeString(directory.resolve("login.config"), text);
            entries = getInstance("JavaLoginConfig", new java.security.URIParameter(file.toUri()))
                    .getAppConfigurationEntry("activemq");
        }

        @Override
        public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
            return entries;
        }
    }

    private static void apply(FileConfiguration configuration, String text) throws Exception {
        Properties properties = new Properties();
        properties.load(new StringReader(text));
        configuration.parsePrefixedProperties(configuration, "test", properties, null);
        assertThat(configuration.getStatus()).doesNotContain("\"errors\":[{");
    }

    private static String file(String name) {
        return stores.resolve(name).toString();
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(process.waitFor()).isZero();
    }

    private BrokerClient client(String user) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("caravan.broker.url",
                url + "?sslEnabled=true&trustStoreType=PKCS12&trustStorePath=" + file("truststore.p12"));
        properties.setProperty("caravan.broker.truststore-password-file",
                files.secret("truststore.password", PASSWORD).toString());
        properties.setProperty("caravan.broker.user", user);
        properties.setProperty("caravan.broker.password-file", directory.resolve(user + ".password").toString());
        return BrokerClient.from(properties);
    }

    @Test
    void aMessageTravelsOverTls() throws Exception {
        try (BrokerClient alpha = client("agent-alpha");
                BrokerClient beta = client("agent-beta");
                JMSContext sending = alpha.connectionFactory().createContext();
                JMSContext receiving = beta.connectionFactory().createContext()) {
            sending.createProducer().send(sending.createQueue("caravan.agent.beta.control"), "hello");
            var consumer = receiving.createConsumer(receiving.createQueue("caravan.agent.beta.control"));
            assertThat(consumer.receive(5000).getBody(String.class)).isEqualTo("hello");
        }
    }

    @Test
    void rolesHoldAsInTheEmbeddedBroker() throws Exception {
        try (BrokerClient alpha = client("agent-alpha");
                JMSContext context = alpha.connectionFactory().createContext()) {
            assertThatThrownBy(() -> context.createConsumer(context.createQueue("caravan.agent.beta.control")))
                    .isInstanceOf(JMSSecurityRuntimeException.class);
            assertThatThrownBy(() -> context.createProducer().send(context.createQueue("caravan.requests"), "x"))
                    .isInstanceOf(JMSSecurityRuntimeException.class);
        }
    }

    @Test
    void withoutTlsNobodyIsServed() throws Exception {
        try (BrokerClient plain = files.client(url + "?callTimeout=2000", "operator")) {
            assertThatThrownBy(() -> plain.connectionFactory().createContext().start())
                    .isInstanceOf(JMSRuntimeException.class);
        }
    }
}
