package dev.caravan.console;

import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;

/**
 * The console's settings, from a properties file:
 *
 * <pre>
 * caravan.console.host=127.0.0.1                  # the default
 * caravan.console.port=8090                       # the default
 * caravan.console.users=/etc/caravan/users        # user=password lines, mode 0600; {bcrypt}… passwords are known
 * caravan.console.agents=alpha,beta
 * caravan.console.agent.alpha.url=http://10.0.0.11:8778/jolokia
 * caravan.console.agent.alpha.user=console
 * caravan.console.agent.alpha.password-file=/etc/caravan/alpha.password   # mode 0600
 * caravan.console.keystore=/etc/caravan/console.p12                       # for TLS, PKCS#12, mode 0600
 * caravan.console.keystore-password-file=/etc/caravan/console.password
 * </pre>
 *
 * @param host             address to listen on
 * @param port             port to listen on; 0 takes a free one
 * @param users            who may log in
 * @param agents           the agents that are shown, and the only ones that can be reached through the console
 * @param keyStore         for TLS, or null for plain HTTP
 * @param keyStorePassword its password, or null
 */
public record ConsoleConfiguration(String host, int port, Properties users, List<MonitoredAgent> agents, Path keyStore,
        String keyStorePassword) {

    private static final String PREFIX = "caravan.console.";
    private static final Set<PosixFilePermission> OWNER = EnumSet.of(PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE);

    /**
     * Reads {@code file} and the files that it names.
     *
     * @throws IllegalArgumentException naming the setting or file that is missing or wrong
     */
    public static ConsoleConfiguration read(Path file) throws IOException {
        Properties settings = load(file);
        Properties users = load(secret(Path.of(required(settings, "users", file))));
        if (users.isEmpty()) {
            throw new IllegalArgumentException("nobody may log in: " + required(settings, "users", file) + " is empty");
        }
        List<MonitoredAgent> agents = new ArrayList<>();
        for (String name : settings.getProperty(PREFIX + "agents", "").split(",")) {
            if (!name.isBlank()) {
                agents.add(agent(name.strip(), settings, file));
            }
        }
        String keyStore = settings.getProperty(PREFIX + "keystore");
        return new ConsoleConfiguration(settings.getProperty(PREFIX + "host", "127.0.0.1").strip(),
                port(settings.getProperty(PREFIX + "port", "8090").strip()), users, List.copyOf(agents),
                keyStore == null ? null : secret(Path.of(keyStore)),
                keyStore == null ? null : password(Path.of(required(settings, "keystore-password-file", file))));
    }

    private static MonitoredAgent agent(String name, Properties settings, Path file) throws IOException {
        String prefix = "agent." + name + ".";
        String text = required(settings, prefix + "url", file);
        URI url = URI.create(text);
        if (url.getHost() == null || url.getPort() < 0 || url.getPath().isEmpty() || url.getUserInfo() != null
                || !Set.of("http", "https").contains(url.getScheme())) {
            throw new IllegalArgumentException(PREFIX + prefix + "url in " + file + " is \"" + text
                    + "\"; http://HOST:PORT/jolokia is expected");
        }
        return new MonitoredAgent(name, url, required(settings, prefix + "user", file),
                password(Path.of(required(settings, prefix + "password-file", file))));
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(PREFIX + "port is \"" + text + "\"; 0 to 65535 is expected");
    }

    private static String required(Properties settings, String key, Path file) {
        String value = settings.getProperty(PREFIX + key);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(PREFIX + key + " is missing in " + file);
        }
        return value.strip();
    }

    private static Properties load(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return properties;
    }

    private static String password(Path file) throws IOException {
        String password = Files.readString(secret(file)).strip();
        if (password.isEmpty()) {
            throw new IllegalArgumentException(file + " is empty; a password is expected");
        }
        return password;
    }

    private static Path secret(Path file) throws IOException {
        if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
            throw new IllegalArgumentException(
                    file + " holds secrets and can be used by others: run chmod 600 " + file);
        }
        return file;
    }

    @Override
    public String toString() {
        return "console at " + host + ":" + port + " for " + agents;
    }
}
