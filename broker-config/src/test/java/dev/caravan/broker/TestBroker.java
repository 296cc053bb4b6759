package dev.caravan.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Properties;

/** Files of a broker with agents alpha and beta, an authority and an operator, and a user who has no role. */
final class TestBroker {
    static final String STRANGER = "stranger";
    static final List<String> USERS = List.of("agent-alpha", "agent-beta", "authority", "operator", STRANGER);

    private final Path directory;

    TestBroker(Path directory) throws IOException {
        this.directory = directory;
        StringBuilder users = new StringBuilder();
        StringBuilder roles = new StringBuilder();
        for (String user : USERS) {
            users.append(user).append('=').append(password(user)).append('\n');
            if (!user.equals(STRANGER)) {
                roles.append(user).append('=').append(user).append('\n');
            }
            secret(user + ".password", password(user));
        }
        secret("users", users.toString());
        Files.writeString(directory.resolve("roles"), roles);
    }

    Path directory() {
        return directory;
    }

    Path secret(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    static String password(String user) {
        return "pass word & " + user;
    }

    Properties properties(int port) {
        Properties properties = new Properties();
        properties.setProperty("caravan.home", directory.resolve("home").toString());
        properties.setProperty("caravan.broker.bind", "127.0.0.1:" + port);
        properties.setProperty("caravan.broker.users", directory.resolve("users").toString());
        properties.setProperty("caravan.broker.roles", directory.resolve("roles").toString());
        return properties;
    }

    /** A client that logs in as {@code user}. */
    BrokerClient client(String url, String user) {
        Properties properties = new Properties();
        properties.setProperty("caravan.broker.url", url);
        properties.setProperty("caravan.broker.user", user);
        properties.setProperty("caravan.broker.password-file", directory.resolve(user + ".password").toString());
        return BrokerClient.from(properties);
    }
}
