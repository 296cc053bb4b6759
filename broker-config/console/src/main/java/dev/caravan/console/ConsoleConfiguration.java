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
import java.util.TreeSet;

/**
 * The console's settings, from a properties file:
 *
 * <pre>
 * caravan.console.bind=127.0.0.1:8090                             # the default
 * caravan.console.user=anna
 * caravan.console.password-file=/etc/caravan/console.password     # mode 0600; may hold a {bcrypt}… hash
 * caravan.console.agent.alpha=http://10.0.0.11:8778/jolokia       # one line for each agent
 * caravan.jolokia.user=console                                    # the agents' log-in
 * caravan.jolokia.password-file=/etc/caravan/jolokia.password     # mode 0600
 * caravan.console.keystore=/etc/caravan/console.p12               # for TLS: PKCS#12, mode 0600
 * caravan.console.keystore-password-file=/etc/caravan/p12.password
 * </pre>
 *
 * @param host             address to listen on
 * @param port             port to listen on; 0 takes a free one
 * @param user             who may log in
 * @param password         that user's password, or its hash in Spring Security's form
 * @param agents           the agents that are shown, and the only ones that can be reached through the console
 * @param keyStore         for TLS, or null for plain HTTP
 * @param keyStorePassword its password, or null
 */
public record ConsoleConfiguration(String host, int port, String user, String password, List<MonitoredAgent> agents,
        Path keyStore, String keyStorePassword) {

    private static final String CONSOLE = "caravan.console.";
    private static final String JOLOKIA = "caravan.jolokia.";
    private static final String AGENT = CONSOLE + "agent.";
    private static final Set<PosixFilePermission> OWNER = EnumSet.of(PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE);

    /**
     * Reads {@code file} and the files that it names.
     *
     * @throws IllegalArgumentException naming the setting or file that is missing or wrong
     */
    public static ConsoleConfiguration read(Path file) throws IOException {
        Properties settings = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            settings.load(reader);
        }
        String bind = settings.getProperty(CONSOLE + "bind", "127.0.0.1:8090").strip();
        int colon = Math.max(0, bind.lastIndexOf(':'));
        String keyStore = settings.getProperty(CONSOLE + "keystore");
        return new ConsoleConfiguration(bind.substring(0, colon), port(bind, colon),
                required(settings, CONSOLE + "user", file), password(settings, CONSOLE + "password-file", file),
                agents(settings, file), keyStore == null ? null : secret(Path.of(keyStore)),
                keyStore == null ? null : password(settings, CONSOLE + "keystore-password-file", file));
    }

    private static List<MonitoredAgent> agents(Properties settings, Path file) throws IOException {
        List<MonitoredAgent> agents = new ArrayList<>();
        for (String key : new TreeSet<>(settings.stringPropertyNames())) {
            if (key.startsWith(AGENT)) {
                agents.add(new MonitoredAgent(key.substring(AGENT.length()), url(key, settings, file),
                        required(settings, JOLOKIA + "user", file),
                        password(settings, JOLOKIA + "password-file", file)));
            }
        }
        return List.copyOf(agents);
    }

    private static URI url(String key, Properties settings, Path file) {
        String text = required(settings, key, file);
        URI url = URI.create(text);
        if (url.getHost() == null || url.getPort() < 0 || url.getPath().isEmpty() || url.getUserInfo() != null
                || !Set.of("http", "https").contains(url.getScheme())) {
            throw new IllegalArgumentException(
                    key + " in " + file + " is \"" + text + "\"; http://HOST:PORT/jolokia is expected");
        }
        return url;
    }

    private static int port(String bind, int colon) {
        try {
            int port = Integer.parseInt(bind.substring(colon + 1));
            if (colon > 0 && port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(
                CONSOLE + "bind is \"" + bind + "\"; HOST:PORT with a port of 0 to 65535 is expected");
    }

    private static String required(Properties settings, String key, Path file) {
        String value = settings.getProperty(key);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(key + " is missing in " + file);
        }
        return value.strip();
    }

    private static String password(Properties settings, String key, Path file) throws IOException {
        Path path = Path.of(required(settings, key, file));
        String password = Files.readString(secret(path)).strip();
        if (password.isEmpty()) {
            throw new IllegalArgumentException(path + " is empty; a password is expected");
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
