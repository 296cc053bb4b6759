package dev.caravan.broker;

import java.nio.file.Path;
import java.util.Properties;

/**
 * Settings of the embedded broker.
 *
 * @param home     directory of the journal; created with mode 0700
 * @param listen   where it listens
 * @param users    file of {@code user=password} lines, mode 0600
 * @param roles    file of {@code role=user,user} lines; roles are {@code operator}, {@code authority} and
 *                 {@code agent-<name>}, one for each platform
 * @param keyStore PKCS#12 file with the key and certificate for TLS, mode 0600, or null for plain TCP
 * @param keyStorePasswordFile file with the key store's password, mode 0600; null without TLS
 */
public record BrokerConfiguration(Path home, ListenAddress listen, Path users, Path roles, Path keyStore,
        Path keyStorePasswordFile) {

    private static final String BIND = "caravan.broker.bind";
    private static final String KEY_STORE = "caravan.broker.keystore";
    private static final String PLAIN_TEXT = "caravan.broker.insecure-plain-text";
    private static final String ACCEPT = "accept";

    /**
     * Reads {@code caravan.home}, {@code caravan.broker.bind} (host:port), {@code caravan.broker.users},
     * {@code caravan.broker.roles} and, for TLS, {@code caravan.broker.keystore} and
     * {@code caravan.broker.keystore-password-file}. Without TLS it listens on a loopback address only, unless
     * {@code caravan.broker.insecure-plain-text=accept} says that passwords may be read on the network.
     *
     * @throws IllegalArgumentException naming the setting that is missing or wrong
     */
    public static BrokerConfiguration from(Properties properties) {
        ListenAddress listen = ListenAddress.parse(BIND, properties.getProperty(BIND, "127.0.0.1:61616"));
        String keyStore = properties.getProperty(KEY_STORE);
        String plainText = properties.getProperty(PLAIN_TEXT);
        if (plainText != null && !plainText.strip().equals(ACCEPT)) {
            throw new IllegalArgumentException(PLAIN_TEXT + " is \"" + plainText + "\"; only \"" + ACCEPT
                    + "\" is allowed: leave it out unless passwords may be read on the broker's network");
        }
        if (keyStore == null && plainText == null) {
            listen.requireLoopback(BIND, KEY_STORE + " and " + KEY_STORE + "-password-file");
        }
        return new BrokerConfiguration(Path.of(Settings.required(properties, "caravan.home")), listen,
                Path.of(Settings.required(properties, "caravan.broker.users")),
                Path.of(Settings.required(properties, "caravan.broker.roles")),
                keyStore == null ? null : Path.of(keyStore),
                keyStore == null ? null : Path.of(Settings.required(properties, KEY_STORE + "-password-file")));
    }
}
