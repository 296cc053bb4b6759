package dev.caravan.broker;

import java.nio.file.Path;
import java.util.Properties;

/**
 * Settings of the embedded broker.
 *
 * @param home     directory of the journal; created with mode 0700
 * @param host     address to listen on
 * @param port     port to listen on; 0 takes a free one
 * @param users    file of {@code user=password} lines, mode 0600
 * @param roles    file of {@code role=user,user} lines; roles are {@code operator}, {@code authority} and
 *                 {@code agent-<name>}, one for each platform
 * @param keyStore PKCS#12 file with the key and certificate for TLS, mode 0600, or null for plain TCP
 * @param keyStorePasswordFile file with the key store's password, mode 0600; null without TLS
 */
public record BrokerConfiguration(Path home, String host, int port, Path users, Path roles, Path keyStore,
        Path keyStorePasswordFile) {

    /**
     * Reads {@code caravan.home}, {@code caravan.broker.bind} (host:port), {@code caravan.broker.users},
     * {@code caravan.broker.roles} and, for TLS, {@code caravan.broker.keystore} and
     * {@code caravan.broker.keystore-password-file}.
     *
     * @throws IllegalArgumentException naming the setting that is missing or wrong
     */
    public static BrokerConfiguration from(Properties properties) {
        String bind = properties.getProperty("caravan.broker.bind", "127.0.0.1:61616").strip();
        int colon = bind.lastIndexOf(':');
        int port = colon < 1 ? -1 : port(bind.substring(colon + 1));
        if (port < 0) {
            throw new IllegalArgumentException(
                    "caravan.broker.bind is \"" + bind + "\"; HOST:PORT with a port of 0 to 65535 is expected");
        }
        String keyStore = properties.getProperty("caravan.broker.keystore");
        return new BrokerConfiguration(Path.of(required(properties, "caravan.home")), bind.substring(0, colon), port,
                Path.of(required(properties, "caravan.broker.users")),
                Path.of(required(properties, "caravan.broker.roles")), keyStore == null ? null : Path.of(keyStore),
                keyStore == null ? null : Path.of(required(properties, "caravan.broker.keystore-password-file")));
    }

    /** The port, or -1 if {@code text} is none. */
    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            return port > 65535 ? -1 : port;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    static String required(Properties properties, String key) {
        String value = properties.getProperty(key);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value.strip();
    }
}
