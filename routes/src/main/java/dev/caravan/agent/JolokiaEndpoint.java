package dev.caravan.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jolokia.jvmagent.JolokiaServer;
import org.jolokia.jvmagent.JolokiaServerConfig;
import org.jolokia.server.core.config.SystemPropertyMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's MBeans over HTTP, for the console: with a log-in, and only what {@code jolokia-access.xml} allows.
 *
 * <p>Settings: {@code caravan.jolokia.port} (without it there is no endpoint; 0 takes a free port),
 * {@code caravan.jolokia.host} (default 127.0.0.1), {@code caravan.jolokia.user},
 * {@code caravan.jolokia.password-file} (mode 0600). Without a user it starts on a loopback address only.
 */
public final class JolokiaEndpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JolokiaEndpoint.class);
    private static final String PREFIX = "caravan.jolokia.";
    private static final List<String> UNUSED = List.of("org.jolokia.service.discovery.JolokiaDiscovery",
            "org.jolokia.service.discovery.DiscoveryMulticastResponder",
            "org.jolokia.service.jsr160.Jsr160RequestHandler",
            "org.jolokia.service.history.HistoryMBeanRequestInterceptor",
            "org.jolokia.service.notif.pull.PullNotificationBackend",
            "org.jolokia.service.notif.sse.SseNotificationBackend");
    private static final Set<PosixFilePermission> OWNER = EnumSet.of(PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE);

    private final JolokiaServer server;

    private JolokiaEndpoint(Map<String, String> settings) throws IOException {
        server = new JolokiaServer(new JolokiaServerConfig(settings, SystemPropertyMode.NEVER));
        server.start(false);
        LOG.info("Jolokia listens on {}", server.getUrl());
    }

    /**
     * Starts it, if the settings ask for it.
     *
     * @throws IllegalArgumentException naming the setting or file that is missing or wrong
     * @throws IOException              if the address is in use
     */
    public static Optional<JolokiaEndpoint> start(Properties properties) throws IOException {
        String port = properties.getProperty(PREFIX + "port");
        if (port == null) {
            return Optional.empty();
        }
        if (!port.strip().matches("\\d{1,5}") || Integer.parseInt(port.strip()) > 65535) {
            throw new IllegalArgumentException(PREFIX + "port is \"" + port + "\"; 0 to 65535 is expected");
        }
        String host = properties.getProperty(PREFIX + "host", "127.0.0.1").strip();
        Map<String, String> settings = new HashMap<>();
        settings.put("host", host);
        settings.put("port", port.strip());
        settings.put("agentContext", "/jolokia");
        settings.put("policyLocation", "classpath:/dev/caravan/agent/jolokia-access.xml");
        settings.put("logHandlerClass", "org.jolokia.server.core.service.impl.QuietLogHandler");
        settings.put("discoveryEnabled", "false");
        // no multicast, no connections from here to other JVMs, nothing that listeners would leave behind
        settings.put("disabledServices", String.join(",", UNUSED));
        settings.put("includeStackTrace", "false");
        settings.put("allowErrorDetails", "false");
        settings.put("threadNamePrefix", "jolokia-");
        String user = properties.getProperty(PREFIX + "user", "").strip();
        if (!user.isEmpty()) {
            settings.put("user", user);
            settings.put("password", password(properties));
        } else if (!InetAddress.getByName(host).isLoopbackAddress()) {
            throw new IllegalArgumentException(PREFIX + "user is missing: Jolokia does not listen on " + host
                    + ", which others can reach, without a log-in");
        }
        return Optional.of(new JolokiaEndpoint(settings));
    }

    private static String password(Properties properties) throws IOException {
        String name = properties.getProperty(PREFIX + "password-file");
        if (name == null) {
            throw new IllegalArgumentException(PREFIX + "password-file is missing");
        }
        Path file = Path.of(name);
        if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
            throw new IllegalArgumentException(
                    file + " holds a secret and can be read by others: run chmod 600 " + file);
        }
        String password = Files.readString(file).strip();
        if (password.isEmpty()) {
            throw new IllegalArgumentException(file + " is empty; a password is expected");
        }
        return password;
    }

    /** Where it is, for example {@code http://127.0.0.1:8778/jolokia/}. */
    public String url() {
        return server.getUrl();
    }

    @Override
    public void close() {
        server.stop();
    }
}
