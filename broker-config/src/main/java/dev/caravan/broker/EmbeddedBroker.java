package dev.caravan.broker;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.CoreAddressConfiguration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.deployers.impl.FileConfigurationParser;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.remoting.impl.netty.TransportConstants;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.ActiveMQServers;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The message broker inside this JVM, with the addresses, limits and permissions of {@code broker.xml}.
 *
 * <p>Users, passwords and agents that are added to the files while the broker runs count within seconds.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
    private static final String ACCEPTOR = "caravan";

    private final BrokerConfiguration settings;
    private final Set<String> agents;
    private final ActiveMQServer server;

    private EmbeddedBroker(BrokerConfiguration settings) throws Exception {
        this.settings = settings;
        SecretFile.requirePrivate(settings.users());
        createPrivate(settings.home());
        Configuration configuration = parse();
        configuration.setBrokerInstance(settings.home().toFile());
        configuration.clearAcceptorConfigurations()
                .addAcceptorConfiguration(new TransportConfiguration(NettyAcceptorFactory.class.getName(),
                        acceptor(settings), ACCEPTOR));
        agents = AgentAddresses.named(settings.roles());
        for (String agent : agents) {
            AgentAddresses.declare(agent, configuration);
        }
        server = ActiveMQServers.newActiveMQServer(configuration, null,
                new ActiveMQJAASSecurityManager(ACCEPTOR, new LoginSettings(settings.users(), settings.roles())));
    }

    /**
     * A broker that is not yet started.
     *
     * @param properties see {@link BrokerConfiguration#from}
     * @throws IllegalArgumentException naming the setting or file that is wrong
     */
    public static EmbeddedBroker from(Properties properties) throws Exception {
        return new EmbeddedBroker(BrokerConfiguration.from(properties));
    }

    /**
     * Starts it; what the journal holds is there again.
     *
     * @throws IOException if it cannot start, for example because the port or the journal is in use
     */
    public synchronized void start() throws Exception {
        AtomicReference<Exception> failure = new AtomicReference<>();
        server.registerActivationFailureListener(failure::set);
        server.start();
        if (failure.get() != null || !server.isActive()) {
            server.stop();
            throw new IOException(
                    "the broker cannot start at " + settings.listen().host() + ":" + settings.listen().port()
                            + " with its journal in " + settings.home()
                            + (failure.get() == null ? "" : ": " + failure.get().getMessage()),
                    failure.get());
        }
        server.getReloadManager().addCallback(settings.roles().toUri().toURL(), uri -> admitNewAgents());
        LOG.info("broker listens on {}{}", url(), settings.keyStore() == null ? "" : " with TLS");
        if (settings.keyStore() == null && !settings.listen().isLoopback()) {
            LOG.warn(
                    "INSECURE: {} is without TLS, as caravan.broker.insecure-plain-text=accept asks: whoever is on that"
                            + " network reads and uses the passwords of agents, authorities and operators",
                    url());
        }
    }

    /** Stops it in order: what is durable stays in the journal. Does nothing if it is not running. */
    public synchronized void stop() throws Exception {
        server.stop();
    }

    /** The URL for clients, with the port that was really taken. */
    public String url() {
        return "tcp://" + settings.listen().host() + ":"
                + ((NettyAcceptor) server.getRemotingService().getAcceptor(ACCEPTOR))
                        .getActualPort();
    }

    @Override
    public void close() throws Exception {
        stop();
    }

    /** Adds only what is new: reloading the whole configuration would cut every client's connection. */
    private synchronized void admitNewAgents() throws Exception {
        for (String agent : AgentAddresses.named(settings.roles())) {
            if (agents.add(agent)) {
                Configuration addition = new ConfigurationImpl();
                AgentAddresses.declare(agent, addition);
                addition.getSecurityRoles().forEach(server.getSecurityRepository()::addMatch);
                addition.getAddressSettings().forEach(server.getAddressSettingsRepository()::addMatch);
                for (CoreAddressConfiguration address : addition.getAddressConfigurations()) {
                    for (QueueConfiguration queue : address.getQueueConfigs()) {
                        server.createQueue(queue.setAutoCreateAddress(true), true);
                    }
                }
                LOG.info("agent {} is admitted", agent);
            }
        }
    }

    private static Configuration parse() throws Exception {
        FileConfigurationParser parser = new FileConfigurationParser();
        parser.setValidateAIO(true);
        try (InputStream in = EmbeddedBroker.class.getResourceAsStream("broker.xml")) {
            return parser.parseMainConfig(in);
        }
    }

    private static Map<String, Object> acceptor(BrokerConfiguration settings) {
        Map<String, Object> parameters = new HashMap<>();
        parameters.put(TransportConstants.HOST_PROP_NAME, settings.listen().host());
        parameters.put(TransportConstants.PORT_PROP_NAME, settings.listen().port());
        parameters.put(TransportConstants.PROTOCOLS_PROP_NAME, "CORE");
        // -1: the kernel sizes the buffers by itself
        parameters.put(TransportConstants.TCP_SENDBUFFER_SIZE_PROPNAME, -1);
        parameters.put(TransportConstants.TCP_RECEIVEBUFFER_SIZE_PROPNAME, -1);
        if (settings.keyStore() != null) {
            parameters.put(TransportConstants.SSL_ENABLED_PROP_NAME, true);
            parameters.put(TransportConstants.ENABLED_PROTOCOLS_PROP_NAME, "TLSv1.3");
            parameters.put(TransportConstants.KEYSTORE_TYPE_PROP_NAME, "PKCS12");
            parameters.put(TransportConstants.KEYSTORE_PATH_PROP_NAME,
                    SecretFile.requirePrivate(settings.keyStore()).toString());
            parameters.put(TransportConstants.KEYSTORE_PASSWORD_PROP_NAME,
                    SecretFile.read(settings.keyStorePasswordFile()));
        }
        return parameters;
    }

    private static void createPrivate(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }
}
