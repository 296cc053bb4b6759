package dev.caravan.routes;

import dev.caravan.broker.BrokerClient;
import dev.caravan.broker.EmbeddedBroker;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;

/** A real broker with agents alpha and beta, the authorities and an operator; all have the same password. */
public final class RouteBroker implements AutoCloseable {
    private static final List<String> USERS = List.of("agent-alpha", "agent-beta", "authority", "operator");
    private static final String PASSWORD = "secret";

    private final Path directory;
    private EmbeddedBroker broker;
    private volatile String url;

    public RouteBroker(Path directory) throws Exception {
        this.directory = directory;
        StringBuilder users = new StringBuilder();
        StringBuilder roles = new StringBuilder();
        for (String user : USERS) {
            users.append(user).append('=').append(PASSWORD).append('\n');
            roles.append(user).append('=').append(user).append('\n');
        }
        secret("users", users.toString());
        secret("password", PASSWORD);
        Files.writeString(directory.resolve("roles"), roles);
        start();
    }

    /** Starts it, also after {@link #close}: what is durable is there again, and it listens on another port. */
    public void start() throws Exception {
        Properties properties = new Properties();
        properties.setProperty("caravan.home", directory.resolve("broker").toString());
        properties.setProperty("caravan.broker.bind", "127.0.0.1:0");
        properties.setProperty("caravan.broker.users", directory.resolve("users").toString());
        properties.setProperty("caravan.broker.roles", directory.resolve("roles").toString());
        broker = EmbeddedBroker.from(properties);
        broker.start();
        url = broker.url();
    }

    /** Where it listens now; empty after {@link #close}. */
    public Optional<URI> url() {
        return Optional.ofNullable(url).map(URI::create);
    }

    private void secret(String name, String content) throws IOException {
        Path file = Files.writeString(directory.resolve(name), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** What a program of Caravan has that logs in as {@code user}. */
    public BrokerClient client(String user) {
        return BrokerClient.from(settings(user));
    }

    /** The settings of a program that logs in as {@code user}. */
    public Properties settings(String user) {
        Properties properties = new Properties();
        properties.setProperty("caravan.broker.url", broker.url());
        properties.setProperty("caravan.broker.user", user);
        properties.setProperty("caravan.broker.password-file", directory.resolve("password").toString());
        return properties;
    }

    /** Artemis' own client, as other programs use it. */
    public ActiveMQConnectionFactory foreign(String user) {
        return new ActiveMQConnectionFactory(broker.url(), user, PASSWORD);
    }

    @Override
    public void close() throws Exception {
        url = null;
        broker.close();
    }
}
