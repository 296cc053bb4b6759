package dev.caravan.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

/** A broker from the files under {@code standalone/etc}, as an administrator would use them, with TLS. */
final class StandaloneBroker implements AutoCloseable {
    private static final Path ETC = Path.of("standalone", "etc");
    private static final String PASSWORD = "changed-by-the-test";

    private final Path directory;
    private final TestBroker files;
    private final ActiveMQServer server;

    /** Starts it with the users and roles of {@link TestBroker}. */
    StandaloneBroker(Path directory) throws Exception {
        this(directory, true);
    }

    /**
     * Starts it with the users and roles of {@link TestBroker}.
     *
     * @param bounded whether with {@link MessageBound}; a hostile broker lets everything pass
     */
    StandaloneBroker(Path directory, boolean bounded) throws Exception {
        this.directory = directory;
        files = new TestBroker(directory);
        makeStores();
        FileConfiguration configuration = new FileConfiguration();
        FileDeploymentManager deployment = new FileDeploymentManager(
                ETC.resolve("broker.xml").toAbsolutePath().toUri().toString());
        deployment.addDeployable(configuration).readConfiguration();
        configuration.setBrokerInstance(directory.toFile());
        if (!bounded) {
            List.copyOf(configuration.getBrokerPlugins()).forEach(configuration::unRegisterBrokerPlugin);
        }
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

    private void makeStores() throws IOException, InterruptedException {
        keytool("-genkeypair", "-alias", "broker", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=broker",
                "-ext", "san=ip:127.0.0.1", "-keystore", file("keystore.p12"));
        keytool("-exportcert", "-alias", "broker", "-keystore", file("keystore.p12"), "-file", file("broker.crt"));
        keytool("-importcert", "-noprompt", "-alias", "broker", "-file", file("broker.crt"), "-keystore",
                file("truststore.p12"));
    }

    private static void apply(FileConfiguration configuration, String text) throws Exception {
        Properties properties = new Properties();
        properties.load(new StringReader(text));
        configuration.parsePrefixedProperties(configuration, "test", properties, null);
        assertThat(configuration.getStatus()).doesNotContain("\"errors\":[{");
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(process.waitFor()).isZero();
    }

    /** Where it listens, without what a client needs for TLS. */
    String plainUrl() {
        return "tcp://127.0.0.1:"
                + ((NettyAcceptor) server.getRemotingService().getAcceptor("caravan")).getActualPort();
    }

    /** The URL for clients, without the trust store's password. */
    String url() {
        return plainUrl() + "?sslEnabled=true&trustStoreType=PKCS12&trustStorePath=" + file("truststore.p12");
    }

    String trustStorePassword() {
        return PASSWORD;
    }

    TestBroker files() {
        return files;
    }

    BrokerClient client(String user) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("caravan.broker.url", url());
        properties.setProperty("caravan.broker.truststore-password-file",
                files.secret("truststore.password", PASSWORD).toString());
        properties.setProperty("caravan.broker.user", user);
        properties.setProperty("caravan.broker.password-file", directory.resolve(user + ".password").toString());
        return BrokerClient.from(properties);
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
