package dev.caravan.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.broker.PermissionTable.Row;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.JMSSecurityRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.activemq.artemis.api.core.ActiveMQException;
import org.apache.activemq.artemis.api.core.ActiveMQSecurityException;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.api.core.client.ActiveMQClient;
import org.apache.activemq.artemis.api.core.client.ClientProducer;
import org.apache.activemq.artemis.api.core.client.ClientSession;
import org.apache.activemq.artemis.api.core.client.ClientSessionFactory;
import org.apache.activemq.artemis.api.core.client.ServerLocator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may do what: every address, every role, every act of the table in {@code README.md}, on both kinds of broker. */
class PermissionsTest {
    private static final List<String> BROKERS = List.of("embedded", "standalone");
    private static final Map<String, Map<String, ClientSession>> SESSIONS = new HashMap<>();
    private static final List<ServerLocator> LOCATORS = new ArrayList<>();

    @TempDir
    static Path directory;
    @TempDir
    static Path standaloneDirectory;
    private static TestBroker files;
    private static EmbeddedBroker embedded;
    private static StandaloneBroker standalone;

    @BeforeAll
    static void start() throws Exception {
        files = new TestBroker(directory);
        embedded = EmbeddedBroker.from(files.properties(0));
        embedded.start();
        standalone = new StandaloneBroker(standaloneDirectory);
        connect("embedded", embedded.url());
        connect("standalone", standalone.url() + "&trustStorePassword=" + standalone.trustStorePassword());
        for (String broker : BROKERS) {
            for (Row row : PermissionTable.read()) {
                if (row.topic() && !row.consume().isEmpty()) {
                    session(broker, row.consume().iterator().next())
                            .createQueue(subscription(row.address(), probe(row)));
                }
            }
        }
    }

    private static void connect(String broker, String url) throws Exception {
        ServerLocator locator = ActiveMQClient.createServerLocator(url).setBlockOnNonDurableSend(true);
        LOCATORS.add(locator);
        ClientSessionFactory factory = locator.createSessionFactory();
        Map<String, ClientSession> sessions = new HashMap<>();
        for (String user : TestBroker.USERS) {
            sessions.put(user, factory.createSession(user, TestBroker.password(user), false, true, true, false, 0));
        }
        SESSIONS.put(broker, sessions);
    }

    @AfterAll
    static void stop() throws Exception {
        LOCATORS.forEach(ServerLocator::close);
        embedded.stop();
        standalone.close();
    }

    private static ClientSession session(String broker, String user) {
        return SESSIONS.get(broker).get(user);
    }

    /** A queue that is there: the queue itself, or somebody's subscription to the topic. */
    private static String probe(Row row) {
        return row.topic() ? "probe." + row.address() : row.address();
    }

    private static QueueConfiguration subscription(String address, String name) {
        return QueueConfiguration.of(name).setAddress(address).setRoutingType(RoutingType.MULTICAST).setDurable(false);
    }

    static Stream<Arguments> everyPair() throws Exception {
        List<Row> rows = PermissionTable.read();
        return BROKERS.stream().flatMap(broker -> rows.stream()
                .flatMap(row -> TestBroker.USERS.stream().map(user -> Arguments.of(broker, row, user))));
    }

    private interface Act {
        void in(ClientSession session) throws ActiveMQException;
    }

    private static void expect(boolean allowed, String broker, String user, String what, Act act) throws Exception {
        if (allowed) {
            act.in(session(broker, user));
        } else {
            assertThatThrownBy(() -> act.in(session(broker, user))).as(user + " " + what)
                    .isInstanceOf(ActiveMQSecurityException.class);
        }
    }

    @ParameterizedTest(name = "{2} at {1}, {0}")
    @MethodSource("everyPair")
    void onlyWhoIsNamedInTheTableMayDoIt(String broker, Row row, String user) throws Exception {
        String address = row.address();
        expect(row.send().contains(user), broker, user, "sends to " + address, session -> {
            try (ClientProducer producer = session.createProducer(address)) {
                producer.send(session.createMessage(false));
            }
        });
        boolean exists = !address.startsWith("activemq.");
        if (exists) {
            expect(row.consume().contains(user), broker, user, "consumes from " + address,
                    session -> session.createConsumer(probe(row)).close());
            expect(row.browse().contains(user), broker, user, "browses " + address,
                    session -> session.createConsumer(probe(row), true).close());
            if (!row.topic() || !row.consume().contains(user)) {
                expect(false, broker, user, "deletes " + probe(row), session -> session.deleteQueue(probe(row)));
            }
        }
        String other = "other." + UUID.randomUUID();
        expect(row.topic() && row.consume().contains(user), broker, user, "subscribes to " + address, session -> {
            session.createQueue(subscription(address, other));
            session.deleteQueue(other);
        });
        expect(false, broker, user, "creates a durable queue at " + address,
                session -> session.createQueue(QueueConfiguration.of(other).setAddress(address)
                        .setRoutingType(RoutingType.ANYCAST).setDurable(true)));
        expect(false, broker, user, "creates an address below " + address,
                session -> session.createAddress(SimpleString.of(address + ".below"), RoutingType.ANYCAST, false));
    }

    @Test
    void theTableHasEveryAddressOfTheConfiguration() throws Exception {
        TreeSet<String> table = new TreeSet<>();
        PermissionTable.read().forEach(row -> table.add(row.address()));
        String configured = Files.readString(Path.of("standalone/etc/broker.xml"))
                + Files.readString(Path.of("standalone/etc/broker.d/agent.properties.template"))
                        .replace("NAME", "alpha");
        TreeSet<String> declared = new TreeSet<>();
        java.util.regex.Pattern.compile("<address name=\"([^\"]+)\"|addressConfigurations\\.\"([^\"]+)\"")
                .matcher(configured).results()
                .forEach(found -> declared.add(found.group(1) == null ? found.group(2) : found.group(1)));
        table.removeIf(address -> address.contains(".beta.") || address.startsWith("activemq."));
        assertThat(declared).isEqualTo(table);
    }

    @Test
    void aListenerReadsWhoseLogInSentAMessageWhateverTheSenderWrites() throws Exception {
        for (String broker : BROKERS) {
            ClientSession operator = session(broker, "operator");
            ClientSession alpha = session(broker, "agent-alpha");
            String name = "listener." + UUID.randomUUID();
            operator.createQueue(subscription("caravan.events", name));
            operator.start();
            try (ClientProducer producer = alpha.createProducer("caravan.events");
                    var consumer = operator.createConsumer(name)) {
                producer.send(alpha.createMessage(false).putStringProperty("_AMQ_VALIDATED_USER", "agent-beta"));
                assertThat(consumer.receive(5000).getValidatedUserID()).isEqualTo("agent-alpha");
            }
            operator.deleteQueue(name);
        }
    }

    @Test
    void nobodyMayCreateATemporaryQueueOrAnAgentsAddress() {
        for (String broker : BROKERS) {
            for (String user : TestBroker.USERS) {
                String name = UUID.randomUUID().toString();
                assertThatThrownBy(() -> session(broker, user).createQueue(QueueConfiguration.of(name).setAddress(name)
                        .setRoutingType(RoutingType.ANYCAST).setDurable(false).setTemporary(true)
                        .setAutoCreateAddress(true))).as(user).isInstanceOf(ActiveMQException.class);
                assertThatThrownBy(() -> session(broker, user).createAddress(
                        SimpleString.of("caravan.agent.gamma.control"), RoutingType.ANYCAST, false)).as(user)
                        .isInstanceOf(ActiveMQSecurityException.class);
            }
        }
    }

    @Test
    void sendingToAnUnknownAgentFailsForTheSender() {
        try (BrokerClient alpha = files.client(embedded.url(), "agent-alpha");
                JMSContext context = alpha.connectionFactory().createContext()) {
            assertThatThrownBy(
                    () -> context.createProducer().send(context.createQueue("caravan.agent.gamma.control"), "x"))
                    .isInstanceOf(JMSRuntimeException.class)
                    .hasMessageContaining("no queue with name caravan.agent.gamma.control");
        }
    }

    @Test
    void aWrongPasswordIsRefused() throws Exception {
        Path other = directory.resolve("other");
        Files.createDirectories(other);
        TestBroker wrong = new TestBroker(other);
        wrong.secret("operator.password", "wrong");
        try (BrokerClient client = wrong.client(embedded.url(), "operator")) {
            assertThatThrownBy(() -> client.connectionFactory().createContext().start())
                    .isInstanceOf(JMSSecurityRuntimeException.class).hasMessageNotContaining("wrong");
        }
    }
}
