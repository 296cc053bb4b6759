package dev.caravan.agent.jolokia;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.caravan.broker.ListenAddress;
import dev.caravan.broker.SecretFile;
import dev.caravan.broker.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jolokia.jvmagent.JolokiaServer;
import org.jolokia.jvmagent.JolokiaServerConfig;
import org.jolokia.server.core.config.SystemPropertyMode;
import org.jolokia.server.core.service.impl.QuietLogHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's MBeans over HTTP, for the console: with a log-in, only for requests that {@link RequestGuard} lets through,
 * and only what {@code jolokia-access.xml} allows.
 *
 * <p>Settings: {@code caravan.jolokia.port} (without it there is no endpoint; 0 takes a free port),
 * {@code caravan.jolokia.host} (default 127.0.0.1), {@code caravan.jolokia.user} and
 * {@code caravan.jolokia.password-file} (mode 0600), for TLS {@code caravan.jolokia.keystore} (PKCS#12, mode 0600) and
 * {@code caravan.jolokia.keystore-password-file}. Without TLS it listens on a loopback address only.
 */
public final class JolokiaEndpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JolokiaEndpoint.class);
    private static final String PREFIX = "caravan.jolokia.";
    private static final String CONTEXT = "/jolokia";
    private static final List<String> UNUSED = List.of("org.jolokia.service.discovery.JolokiaDiscovery",
            "org.jolokia.service.discovery.DiscoveryMulticastResponder",
            "org.jolokia.service.jsr160.Jsr160RequestHandler",
            "org.jolokia.service.history.HistoryMBeanRequestInterceptor",
            "org.jolokia.service.notif.pull.PullNotificationBackend",
            "org.jolokia.service.notif.sse.SseNotificationBackend");
    private static final int BACKLOG = 16;
    private static final int THREADS = 4;
    private static final int WAITING = 32;
    /** What the JDK's server has no method for: seconds for a request and for its answer, connections at a time. */
    private static final Map<String, String> SERVER_LIMITS = Map.of("sun.net.httpserver.maxReqTime", "10",
            "sun.net.httpserver.maxRspTime", "60", "jdk.httpserver.maxConnections", "64");

    private final HttpServer server;
    private final ExecutorService executor;
    private final JolokiaServer jolokia;
    private final String url;

    private JolokiaEndpoint(HttpServer server, String host, LogIn logIn) throws IOException {
        this.server = server;
        executor = executor();
        server.setExecutor(executor);
        int port = server.getAddress().getPort();
        url = (server instanceof HttpsServer ? "https" : "http") + "://" + host + ":" + port + CONTEXT + "/";
        jolokia = new JolokiaServer(new GuardedServer(server, new RequestGuard(host, CONTEXT)), configuration(logIn),
                new QuietLogHandler());
        jolokia.start(false);
        server.start();
        LOG.info("Jolokia listens on {} and asks for the log-in of {}", url, logIn.user());
    }

    /**
     * Starts it, if the settings ask for it.
     *
     * @throws IllegalArgumentException naming the setting or file that is missing or wrong
     * @throws IOException              if the address is in use
     */
    public static Optional<JolokiaEndpoint> start(Properties properties) throws IOException {
        String text = properties.getProperty(PREFIX + "port");
        if (text == null) {
            return Optional.empty();
        }
        int port = ListenAddress.port(text);
        if (port < 0) {
            throw new IllegalArgumentException(PREFIX + "port is \"" + text + "\"; 0 to 65535 is expected");
        }
        ListenAddress listen = new ListenAddress(properties.getProperty(PREFIX + "host", "127.0.0.1").strip(), port);
        LogIn logIn = logIn(properties);
        String keyStore = properties.getProperty(PREFIX + "keystore");
        if (keyStore == null) {
            listen.requireLoopback(PREFIX + "host", PREFIX + "keystore and " + PREFIX + "keystore-password-file");
        }
        SERVER_LIMITS.forEach(System::setProperty);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(listen.host()), listen.port());
        return Optional.of(new JolokiaEndpoint(keyStore == null
                ? HttpServer.create(address, BACKLOG)
                : secure(HttpsServer.create(address, BACKLOG), keys(keyStore, properties)), listen.host(), logIn));
    }

    private static LogIn logIn(Properties properties) {
        String user = properties.getProperty(PREFIX + "user", "").strip();
        String file = properties.getProperty(PREFIX + "password-file", "").strip();
        if (user.isEmpty() || file.isEmpty()) {
            throw new IllegalArgumentException(PREFIX + (user.isEmpty() ? "user" : "password-file")
                    + " is missing: Jolokia asks for a log-in, on loopback too, since every program of this machine"
                    + " reaches it there. Set " + PREFIX + "user and " + PREFIX + "password-file, or do without"
                    + " Jolokia by leaving out " + PREFIX + "port");
        }
        return new LogIn(user, SecretFile.read(Path.of(file)));
    }

    private static SSLContext keys(String keyStore, Properties properties) throws IOException {
        String passwordFile = Settings.required(properties, PREFIX + "keystore-password-file");
        char[] password = SecretFile.read(Path.of(passwordFile)).toCharArray();
        Path file = SecretFile.requirePrivate(Path.of(keyStore));
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(PREFIX + "keystore is " + file + ", which cannot be used: a PKCS#12 file"
                    + " with a key and its certificate is expected, and its password in " + passwordFile, e);
        }
    }

    private static HttpsServer secure(HttpsServer server, SSLContext context) {
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters tls = getSSLContext().getDefaultSSLParameters();
                tls.setProtocols(new String[]{"TLSv1.3"});
                parameters.setSSLParameters(tls);
            }
        });
        return server;
    }

    /** Few threads and a short queue: whoever asks too much waits or is cut off, and the migrations go on. */
    private static ExecutorService executor() {
        return new ThreadPoolExecutor(THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING),
                work -> {
                    Thread thread = new Thread(work, "jolokia");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    private static JolokiaServerConfig configuration(LogIn logIn) {
        return new JolokiaServerConfig(settings(), SystemPropertyMode.NEVER) {
            @Override
            public Authenticator getAuthenticator() {
                return logIn;
            }
        };
    }

    private static Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("agentContext", CONTEXT);
        settings.put("policyLocation", "classpath:/dev/caravan/agent/jolokia-access.xml");
        settings.put("discoveryEnabled", "false");
        // no multicast, no connections from here to other JVMs, nothing that listeners would leave behind
        settings.put("disabledServices", String.join(",", UNUSED));
        settings.put("includeStackTrace", "false");
        settings.put("allowErrorDetails", "false");
        // the most that an answer holds, the list of all MBeans included; a request may ask for less
        settings.put("maxDepth", "10");
        settings.put("maxCollectionSize", "1000");
        settings.put("maxObjects", "200000");
        return settings;
    }

    /** Where it is, for example {@code https://10.0.0.11:8778/jolokia/}. */
    public String url() {
        return url;
    }

    @Override
    public void close() {
        jolokia.stop();
        server.stop(0);
        executor.shutdownNow();
    }
}
