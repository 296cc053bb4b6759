package dev.caravan.broker;

import jakarta.jms.ConnectionFactory;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.messaginghub.pooled.jms.JmsPoolConnectionFactory;

/**
 * Connections to the broker, set for batches of 1 MiB and for brokers that go away and come back.
 *
 * <p>Once connected, a client connects again by itself for as long as it takes; what was not acknowledged is delivered
 * again. The first connection is tried once, so that a program can say that there is no broker. A durable message that
 * is being sent while the broker is away is sent again; after {@value #FAILOVER_TIMEOUT_MILLIS} ms the sender gets an
 * exception. A message to an agent that the broker does not know fails with
 * {@link jakarta.jms.InvalidDestinationException}.
 *
 * <p>For TLS the URL has parameters of its own, and they win over the ones set here:
 * {@code tcp://broker:61617?sslEnabled=true&trustStoreType=PKCS12&trustStorePath=/etc/caravan/trust.p12} (and
 * {@code keyStorePath} where the broker asks for a certificate). The stores' passwords come from files:
 * {@code caravan.broker.truststore-password-file} and {@code caravan.broker.keystore-password-file}.
 */
public final class BrokerClient implements AutoCloseable {
    /** How long a call waits for a broker that has gone away before it fails. */
    public static final int FAILOVER_TIMEOUT_MILLIS = 30_000;

    private static final int CLOSE_SECONDS = 3;
    private static final int MIB = 1024 * 1024;

    private final ActiveMQConnectionFactory factory;
    private final JmsPoolConnectionFactory pool = new JmsPoolConnectionFactory();

    private BrokerClient(String url, String user, String password) {
        factory = new ActiveMQConnectionFactory(url, user, password);
        pool.setConnectionFactory(factory);
        pool.setMaxConnections(4);
        pool.setMaxSessionsPerConnection(64);
        pool.setConnectionIdleTimeout(0);
    }

    /**
     * Reads {@code caravan.broker.url}, {@code caravan.broker.user} and {@code caravan.broker.password-file}. Nothing is
     * connected yet.
     *
     * @throws IllegalArgumentException naming the setting or file that is wrong
     */
    public static BrokerClient from(Properties properties) {
        Map<String, String> stores = new TreeMap<>();
        store(properties, "truststore", "trustStorePassword", stores);
        store(properties, "keystore", "keyStorePassword", stores);
        return new BrokerClient(tuned(BrokerConfiguration.required(properties, "caravan.broker.url"), stores),
                BrokerConfiguration.required(properties, "caravan.broker.user"),
                SecretFile.read(Path.of(BrokerConfiguration.required(properties, "caravan.broker.password-file"))));
    }

    private static void store(Properties properties, String kind, String parameter, Map<String, String> parameters) {
        String file = properties.getProperty("caravan.broker." + kind + "-password-file");
        if (file != null) {
            parameters.put(parameter, URLEncoder.encode(SecretFile.read(Path.of(file)), StandardCharsets.UTF_8));
        }
    }

    /** The URL with every parameter that it does not name itself. */
    static String tuned(String url, Map<String, String> more) {
        Map<String, Object> parameters = new TreeMap<>(more);
        // above the size of a batch: the path for large messages costs two thirds of the throughput
        parameters.put("minLargeMessageSize", 2 * MIB);
        parameters.put("producerWindowSize", 4 * MIB);
        parameters.put("confirmationWindowSize", -1);
        parameters.put("blockOnDurableSend", true);
        parameters.put("blockOnNonDurableSend", false);
        parameters.put("tcpSendBufferSize", -1);
        parameters.put("tcpReceiveBufferSize", -1);
        parameters.put("initialConnectAttempts", 1);
        parameters.put("reconnectAttempts", -1);
        parameters.put("retryInterval", 200);
        parameters.put("retryIntervalMultiplier", 1.5);
        parameters.put("maxRetryInterval", 2000);
        parameters.put("callTimeout", 30_000);
        parameters.put("callFailoverTimeout", FAILOVER_TIMEOUT_MILLIS);
        parameters.put("clientFailureCheckPeriod", 5000);
        parameters.put("connectionTTL", 15_000);
        parameters.put("useTopologyForLoadBalancing", false);
        StringBuilder tuned = new StringBuilder(url);
        char separator = url.indexOf('?') < 0 ? '?' : '&';
        for (Map.Entry<String, Object> parameter : parameters.entrySet()) {
            if (!url.matches(".*[?&;]" + parameter.getKey() + "=.*")) {
                tuned.append(separator).append(parameter.getKey()).append('=').append(parameter.getValue());
                separator = '&';
            }
        }
        return tuned.toString();
    }

    /** Pooled connections; closing one gives it back. */
    public ConnectionFactory connectionFactory() {
        return pool;
    }

    /** Ends all connections; takes at most {@value #CLOSE_SECONDS} s, also when the broker is away. */
    @Override
    public void close() {
        Thread inOrder = new Thread(pool::stop, "broker-client-close");
        inOrder.setDaemon(true);
        inOrder.start();
        try {
            inOrder.join(CLOSE_SECONDS * 1000L);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // with the broker away every open session would wait for it in turn; this ends them
        factory.close();
    }
}
