package dev.caravan.console;

import dev.caravan.broker.ListenAddress;
import dev.caravan.broker.SecretFile;
import dev.caravan.broker.Settings;
import dev.caravan.broker.UserName;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * The console's settings, from a properties file:
 *
 * <pre>
 * caravan.console.bind=127.0.0.1:8090                             # the default
 * caravan.console.user=anna
 * caravan.console.password-file=/etc/caravan/console.password     # mode 0600; may hold a {bcrypt}… hash
 * caravan.console.agent.alpha=https://10.0.0.11:8778/jolokia      # one line for each agent
 * caravan.jolokia.user=console                                    # the agents' log-in
 * caravan.jolokia.password-file=/etc/caravan/jolokia.password     # mode 0600
 * caravan.jolokia.truststore=/etc/caravan/agents.p12              # PKCS#12: whom to trust as an agent
 * caravan.jolokia.truststore-password-file=/etc/caravan/agents.password
 * caravan.console.keystore=/etc/caravan/console.p12               # for TLS: PKCS#12, mode 0600
 * caravan.console.keystore-password-file=/etc/caravan/p12.password
 * caravan.console.proxies=10.0.0.5                                # whose X-Forwarded-… headers are believed
 * </pre>
 *
 * @param host             address to listen on
 * @param port             port to listen on; 0 takes a free one
 * @param user             who may log in
 * @param password         that user's password, or its hash in Spring Security's form
 * @param agents           the agents that are shown, and the only ones that can be reached through the console
 * @param agentTrust       whom it trusts as an agent
 * @param proxies          addresses of proxies in front of the console; what others say in their headers is ignored
 * @param keyStore         for TLS, or null for plain HTTP
 * @param keyStorePassword its password, or null
 */
public record ConsoleConfiguration(String host, int port, String user, String password, List<MonitoredAgent> agents,
        SSLContext agentTrust, List<String> proxies, Path keyStore, String keyStorePassword) {

    private static final String CONSOLE = "caravan.console.";
    private static final String JOLOKIA = "caravan.jolokia.";
    private static final String AGENT = CONSOLE + "agent.";
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /**
     * Reads {@code file} and the files that it names.
     *
     * @throws IllegalArgumentException naming the setting or file that is missing or wrong
     */
    public static ConsoleConfiguration read(Path file) throws IOException {
        Properties settings = Settings.read(file);
        ListenAddress listen = ListenAddress.parse(CONSOLE + "bind",
                settings.getProperty(CONSOLE + "bind", "127.0.0.1:8090"));
        String keyStore = settings.getProperty(CONSOLE + "keystore");
        if (keyStore == null) {
            listen.requireLoopback(CONSOLE + "bind", CONSOLE + "keystore and " + CONSOLE + "keystore-password-file");
        }
        return new ConsoleConfiguration(listen.host(), listen.port(), user(settings, file),
                password(settings, CONSOLE + "password-file", file), agents(settings, file),
                agentTrust(settings, file), proxies(settings),
                keyStore == null ? null : SecretFile.requirePrivate(Path.of(keyStore)),
                keyStore == null ? null : password(settings, CONSOLE + "keystore-password-file", file));
    }

    /** The name goes to the agents in a header. */
    private static String user(Properties settings, Path file) {
        String user = Settings.required(settings, CONSOLE + "user", file);
        if (!UserName.is(user)) {
            throw new IllegalArgumentException(CONSOLE + "user in " + file + " is \"" + user
                    + "\"; 1 to 64 letters, digits and _ . @ + - are allowed");
        }
        return user;
    }

    private static List<String> proxies(Properties settings) {
        List<String> proxies = Stream.of(settings.getProperty(CONSOLE + "proxies", "").split(",")).map(String::strip)
                .filter(address -> !address.isEmpty()).toList();
        proxies.stream().filter(address -> !ADDRESS.matcher(address).matches()).findFirst().ifPresent(address -> {
            throw new IllegalArgumentException(CONSOLE + "proxies has \"" + address
                    + "\"; IP addresses with commas between them are expected");
        });
        return proxies;
    }

    private static SSLContext agentTrust(Properties settings, Path file) {
        String store = settings.getProperty(JOLOKIA + "truststore");
        try {
            if (store == null) {
                return SSLContext.getDefault();
            }
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(Path.of(store))) {
                trusted.load(in, password(settings, JOLOKIA + "truststore-password-file", file).toCharArray());
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(JOLOKIA + "truststore in " + file + " is " + store
                    + ", which cannot be read as PKCS#12: " + e.getMessage(), e);
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static List<MonitoredAgent> agents(Properties settings, Path file) {
        List<MonitoredAgent> agents = new ArrayList<>();
        for (String key : new TreeSet<>(settings.stringPropertyNames())) {
            if (key.startsWith(AGENT)) {
                agents.add(new MonitoredAgent(key.substring(AGENT.length()), url(key, settings, file),
                        Settings.required(settings, JOLOKIA + "user", file),
                        password(settings, JOLOKIA + "password-file", file)));
            }
        }
        return List.copyOf(agents);
    }

    private static URI url(String key, Properties settings, Path file) {
        String text = Settings.required(settings, key, file);
        URI url = URI.create(text);
        if (url.getHost() == null || url.getPort() < 0 || url.getPath().isEmpty() || url.getUserInfo() != null
                || !Set.of("http", "https").contains(url.getScheme())) {
            throw new IllegalArgumentException(
                    key + " in " + file + " is \"" + text + "\"; https://HOST:PORT/jolokia is expected");
        }
        if (url.getScheme().equals("http") && !isLoopback(url.getHost())) {
            throw new IllegalArgumentException(key + " in " + file + " is \"" + text
                    + "\": the log-in would travel in the clear; use https beyond this machine");
        }
        return url;
    }

    private static String password(Properties settings, String key, Path file) {
        return SecretFile.read(Path.of(Settings.required(settings, key, file)));
    }

    @Override
    public String toString() {
        return "console at " + host + ":" + port + " for " + agents;
    }
}
