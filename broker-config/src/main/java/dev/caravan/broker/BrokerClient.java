package dev.caravan.broker;

import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.activemq.artemis.jms.client.ActiveMQConnection;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.messaginghub.pooled.jms.JmsPoolConnectionFactory;
import org.messaginghub.pooled.jms.pool.PooledConnection;

/**
 * Connections to the broker, set for batches of 1 MiB and for brokers that go away and come back.
 *
 * <p>Once connected, a client connects again by itself for as long as it takes; listeners stay, and what was not
 * acknowledged is delivered again. The first connection is tried once, so that a program can say that there is no
 * broker. A send of a durable message throws if the connection breaks before the broker has confirmed it: send it
 * again with the same {@code _AMQ_DUPL_ID} property, and it counts once. A call that begins while the broker is away
 * waits up to {@value #FAILOVER_TIMEOUT_MILLIS} ms for it. Non-durable messages that are on their way are lost. A
 * queue of an agent that the broker does not know cannot even be named: {@code There is no queue with name …}.
 *
 * <p>Nothing that arrives is deserialised, inflated or read before {@link MessageBody} has looked at its form and size,
 * whatever the URL says.
 *
 * <p>For TLS the URL has parameters of its own, and they win over the ones set here:
 * {@code tcp://broker:61617?sslEnabled=true&trustStoreType=PKCS12&trustStorePath=/etc/caravan/trust.p12} (and
 * {@code keyStorePath} where the broker asks for a certificate). The stores' passwords come from files:
 * {@code caravan.broker.truststore-password-file} and {@code caravan.broker.keystore-password-file}.
 */
public final class BrokerClient implements AutoCloseable {
    /** How long a call waits for a broker that has gone away before it fails. */
    public static final int FAILOVER_TIMEOUT_MILLIS = 30_000;

    private static final long ORDERLY_MILLIS = 3000;
    private static final long FORCED_MILLIS = 1000;
    private static final int MIB = 1024 * 1024;
    private static final int PRODUCERS_A_SESSION = 16;

    private final ActiveMQConnectionFactory factory;
    private final JmsPoolConnectionFactory pool = new LastingConnections();

    /** A pool that keeps connections which have connected again; by default it would close them and their sessions. */
    private static final class LastingConnections extends JmsPoolConnectionFactory {
        @Override
        protected PooledConnection createPooledConnection(Connection connection) {
            return new PooledConnection(connection) {
                @Override
                public void onException(JMSException failure) {
                    if (!ActiveMQConnection.EXCEPTION_FAILOVER.equals(failure.getErrorCode())) {
                        super.onException(failure);
                    }
                }
            };
        }
    }

    private BrokerClient(String url, String user, String password) {
        factory = new ActiveMQConnectionFactory(url, user, password);
        // last, so that no URL says otherwise
        factory.setDeserializationDenyList("*");
        factory.setIncomingInterceptorList(MessageForms.class.getName());
        pool.setConnectionFactory(factory);
        pool.setMaxConnections(4);
        pool.setMaxSessionsPerConnection(64);
        pool.setConnectionIdleTimeout(0);
        // an anonymous producer asks the broker about its address before each message: a round trip a batch
        pool.setUseAnonymousProducers(false);
        pool.setExplicitProducerCacheSize(PRODUCERS_A_SESSION);
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
        return new BrokerClient(tuned(Settings.required(properties, "caravan.broker.url"), stores),
                Settings.required(properties, "caravan.broker.user"),
                SecretFile.read(Path.of(Settings.required(properties, "caravan.broker.password-file"))));
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
        parameters.put("producerWindowSize", 16 * MIB);
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
        parameters.put("callTimeout", 10_000);
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

    /** Ends all connections; takes at most four seconds, also when the broker is away. */
    @Override
    public void close() {
        // with the broker away every open session would wait for it in turn; closing the factory ends them
        inBackground(pool::stop, ORDERLY_MILLIS);
        inBackground(factory::close, FORCED_MILLIS);
    }

    private static void inBackground(Runnable task, long millis) {
        Thread thread = new Thread(task, "broker-client-close");
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
