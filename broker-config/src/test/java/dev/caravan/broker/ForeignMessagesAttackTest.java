package dev.caravan.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Session;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.activemq.artemis.api.core.client.ActiveMQClient;
import org.apache.activemq.artemis.api.core.client.ClientMessage;
import org.apache.activemq.artemis.api.core.client.ClientSession;
import org.apache.activemq.artemis.api.core.client.ClientSessionFactory;
import org.apache.activemq.artemis.api.core.client.ServerLocator;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages of every form and size, by clients that are not Caravan's, over a broker that lets all of them pass. */
class ForeignMessagesAttackTest {
    private static final String REQUESTS = "caravan.requests";
    private static final int MAX = 16 * 1024;
    private static final int MIB = 1024 * 1024;

    @TempDir
    static Path directory;
    private static StandaloneBroker broker;
    private static String url;
    private BrokerClient agent;
    private Connection receiving;
    private MessageConsumer consumer;

    /** Stands for any class whose reading does harm. */
    static final class Gadget implements Serializable {
        private static final long serialVersionUID = 1L;
        static final AtomicInteger READ = new AtomicInteger();

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            READ.incrementAndGet();
        }
    }

    @BeforeAll
    static void start() throws Exception {
        broker = new StandaloneBroker(directory, false);
        url = broker.url() + "&trustStorePassword=" + broker.trustStorePassword();
    }

    @AfterAll
    static void stop() throws Exception {
        broker.close();
    }

    @BeforeEach
    void listen() throws Exception {
        agent = broker.client("agent-alpha");
        receiving = agent.connectionFactory().createConnection();
        Session session = receiving.createSession(false, Session.CLIENT_ACKNOWLEDGE);
        consumer = session.createConsumer(session.createQueue(REQUESTS));
        receiving.start();
    }

    @AfterEach
    void leave() throws Exception {
        receiving.close();
        agent.close();
    }

    private interface Making {
        Message in(Session session) throws JMSException;
    }

    private static void send(String options, Making making) throws JMSException {
        try (ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url + options, "operator",
                TestBroker.password("operator"))) {
            send(factory, making);
        }
    }

    private static void send(ConnectionFactory factory, Making making) throws JMSException {
        try (Connection connection = factory.createConnection()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            session.createProducer(session.createQueue(REQUESTS)).send(making.in(session));
        }
    }

    private static Making bytes(byte[] body) {
        return session -> {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(body);
            return message;
        };
    }

    private MessageBody receive() throws JMSException {
        Message message = consumer.receive(20_000);
        assertThat(message).isNotNull();
        MessageBody body = MessageBody.of(message, MAX);
        message.acknowledge();
        return body;
    }

    /** Whatever came before, the next message arrives. */
    private void assertRefused(String why) throws JMSException {
        assertThat(receive().whyNot()).contains(why);
        send("", bytes(new byte[]{1, 2, 3}));
        assertThat(receive()).satisfies(next -> assertThat(next.whyNot()).isNull())
                .satisfies(next -> assertThat(next.bytes()).containsExactly(1, 2, 3));
    }

    @Test
    void bytesAndTextAreTakenAlike() throws Exception {
        send("", bytes("{\"a\":\"ü\"}".getBytes(StandardCharsets.UTF_8)));
        send("", session -> session.createTextMessage("{\"a\":\"ü\"}"));
        MessageBody first = receive();
        assertThat(first.whyNot()).isNull();
        assertThat(receive().bytes()).isEqualTo(first.bytes());
    }

    @Test
    void everyOtherFormStaysUnread() throws Exception {
        send("", session -> session.createObjectMessage(new Gadget()));
        assertRefused("is an ObjectMessage");
        send("", session -> {
            var map = session.createMapMessage();
            map.setString("id", "x");
            return map;
        });
        assertRefused("is a MapMessage");
        send("", session -> {
            var stream = session.createStreamMessage();
            stream.writeString("x");
            return stream;
        });
        assertRefused("is a StreamMessage");
        send("", Session::createMessage);
        assertRefused("is a Message without a body");
        send("", Session::createTextMessage);
        assertRefused("is a TextMessage without text");
        assertThat(Gadget.READ.get()).isZero();
    }

    @Test
    void anObjectIsNotReadThoughTheUrlTrustsEveryClass() throws Exception {
        java.util.Properties properties = new java.util.Properties();
        properties.setProperty("caravan.broker.url", url + "&deserializationAllowList=*&deserializationDenyList="
                + "&incomingInterceptorList=");
        properties.setProperty("caravan.broker.user", "agent-beta");
        properties.setProperty("caravan.broker.password-file", directory.resolve("agent-beta.password").toString());
        receiving.close();
        try (BrokerClient trusting = BrokerClient.from(properties);
                Connection connection = trusting.connectionFactory().createConnection()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageConsumer own = session.createConsumer(session.createQueue(REQUESTS));
            connection.start();
            send("", s -> s.createObjectMessage(new Gadget()));
            Message received = own.receive(20_000);
            assertThat(MessageBody.of(received, MAX).whyNot()).contains("ObjectMessage");
            assertThat(received).isNotInstanceOf(ObjectMessage.class);
            ObjectMessage made = session.createObjectMessage(new Gadget());
            assertThatThrownBy(made::getObject).hasMessageContaining("Gadget");
        }
        assertThat(Gadget.READ.get()).isZero();
    }

    @Test
    void aTextThatSaysToBeLongerThanItIsAllocatesNothing() throws Exception {
        try (ServerLocator locator = ActiveMQClient.createServerLocator(url);
                ClientSessionFactory factory = locator.createSessionFactory();
                ClientSession session = factory.createSession("operator", TestBroker.password("operator"), false, true,
                        true, false, 1)) {
            ClientMessage message = session.createMessage(ClientMessage.TEXT_TYPE, true);
            message.getBodyBuffer().writeByte((byte) 1);
            message.getBodyBuffer().writeInt(Integer.MAX_VALUE - 8);
            session.createProducer(REQUESTS).send(message);
        }
        long before = allocated();
        assertRefused("is a TextMessage without text");
        assertThat(allocated() - before).isLessThan(8L * MIB);
    }

    @Test
    void aMessageThatIsTooLongIsRefusedByItsSizeWithoutBeingRead() throws Exception {
        byte[] body = new byte[60_000_000];
        body[0] = 7;
        send("", session -> {
            Message message = bytes(body).in(session);
            message.setJMSDeliveryMode(DeliveryMode.PERSISTENT);
            return message;
        });
        long before = allocated();
        Message message = consumer.receive(60_000);
        MessageBody refused = MessageBody.of(message, MAX);
        message.acknowledge();
        assertThat(refused.whyNot()).isEqualTo("has 60000000 bytes; at most 16384");
        assertThat(refused.bytes()).hasSize(MessageBody.BEGINNING).startsWith(7);
        assertThat(allocated() - before).isLessThan(8L * MIB);

        send("", bytes(new byte[]{1}));
        assertThat(receive().bytes()).containsExactly(1);
    }

    @Test
    void textAndBytesOverTheBoundAreRefusedByTheirSize() throws Exception {
        send("", bytes(new byte[MAX + 1]));
        assertRefused("has 16385 bytes; at most 16384");
        send("", session -> session.createTextMessage("ü".repeat(MAX)));
        assertRefused("has 32768 bytes; at most 16384");
        send("", session -> session.createTextMessage("x".repeat(5_000_000)));
        assertRefused("has 10000005 bytes; at most 16384");
        send("", bytes(new byte[MAX]));
        assertThat(receive().bytes()).hasSize(MAX);
    }

    @Test
    void whatIsCompressedStaysSo() throws Exception {
        byte[] zeros = new byte[60_000_000];
        send("&compressLargeMessage=true", bytes(zeros));
        long before = allocated();
        assertRefused("is compressed");
        assertThat(allocated() - before).isLessThan(8L * MIB);

        byte[] noise = new byte[3_000_000];
        new Random(1).nextBytes(noise);
        send("&compressLargeMessage=true", bytes(noise));
        assertRefused("is compressed");
        send("&compressLargeMessage=true", session -> session.createTextMessage("x".repeat(5_000_000)));
        assertRefused("is compressed");
    }

    @Test
    void whoeverSaysThatAMessageIsUnreadIsNotBelieved() throws Exception {
        send("", session -> {
            Message message = bytes(new byte[]{5}).in(session);
            message.setStringProperty(MessageForms.UNREAD, "mine");
            return message;
        });
        assertThat(receive()).satisfies(body -> assertThat(body.whyNot()).isNull())
                .satisfies(body -> assertThat(body.bytes()).containsExactly(5));
    }

    private static Making withProperty(Making making, int characters) {
        return session -> {
            Message message = making.in(session);
            message.setStringProperty("note", "x".repeat(characters));
            return message;
        };
    }

    @Test
    void theEmbeddedBrokerRefusesWhatIsTooLongAtItsSenderAndKeepsNothingOfIt(@TempDir Path home) throws Exception {
        TestBroker files = new TestBroker(home);
        try (EmbeddedBroker embedded = EmbeddedBroker.from(files.properties(0))) {
            embedded.start();
            Making oneByte = bytes(new byte[]{9});
            for (int delivery : new int[]{DeliveryMode.NON_PERSISTENT, DeliveryMode.PERSISTENT}) {
                // the client, or else the broker, makes a large message of it, or nobody does
                assertTooLong(embedded, "", delivery, bytes(new byte[30_000_000]));
                assertTooLong(embedded, "?minLargeMessageSize=" + 64 * MIB, delivery, bytes(new byte[8 * MIB]));
                assertTooLong(embedded, "?minLargeMessageSize=" + 64 * MIB, delivery, bytes(new byte[3 * MIB]));
                assertTooLong(embedded, "?minLargeMessageSize=" + 64 * MIB, delivery, withProperty(oneByte, 8 * MIB));
                assertTooLong(embedded, "?minLargeMessageSize=" + 64 * MIB, delivery,
                        withProperty(oneByte, 3 * MIB / 2));
                assertTooLong(embedded, "?minLargeMessageSize=" + 64 * MIB, delivery,
                        withProperty(Session::createMessage, 8 * MIB));
                // neither its body nor its property alone is too long
                assertTooLong(embedded, "?minLargeMessageSize=" + 5 * MIB / 4, delivery,
                        withProperty(bytes(new byte[3 * MIB / 2]), MIB / 2));
            }
            await().untilAsserted(() -> assertThat(files(home.resolve("home/data/large-messages"))).isEmpty());
            try (ActiveMQConnectionFactory factory = factory(embedded, "")) {
                send(factory, oneByte);
            }
            try (BrokerClient taking = files.client(embedded.url(), "agent-alpha");
                    var context = taking.connectionFactory().createContext()) {
                assertThat(MessageBody.of(context.createConsumer(context.createQueue(REQUESTS)).receive(20_000), MAX)
                        .bytes()).containsExactly(9);
            }
        }
    }

    private static List<Path> files(Path below) throws IOException {
        try (Stream<Path> all = Files.walk(below)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static ActiveMQConnectionFactory factory(EmbeddedBroker embedded, String options) {
        return new ActiveMQConnectionFactory(embedded.url() + options, "operator", TestBroker.password("operator"));
    }

    /**
     * Waits for the broker's word on what is not durable as well. What is durable and has more properties than fit into the
     * journal the broker refuses by itself, as AMQ149005.
     */
    private static void assertTooLong(EmbeddedBroker embedded, String options, int delivery, Making making)
            throws JMSException {
        try (ActiveMQConnectionFactory factory = factory(embedded, options)) {
            factory.setBlockOnNonDurableSend(true);
            assertThatThrownBy(() -> {
                try (Connection connection = factory.createConnection()) {
                    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                    var producer = session.createProducer(session.createQueue(REQUESTS));
                    producer.setDeliveryMode(delivery);
                    producer.send(making.in(session));
                }
            }).isInstanceOf(JMSException.class)
                    .hasMessageMatching(".* has \\d+ bytes; at most 2097152.*|AMQ149005: .*");
        }
    }

    @Test
    void noProgramOfCaravanReadsAnObject() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"),
                Reader.class.getName()).redirectErrorStream(true).start();
        try (InputStream said = process.getInputStream()) {
            assertThat(new String(said.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("REJECTED");
        }
    }

    /** A program that forbids deserialisation and then tries it. */
    static final class Reader {
        public static void main(String[] arguments) throws Exception {
            Deserialization.forbid();
            Deserialization.forbid();
            java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
            try (java.io.ObjectOutputStream objects = new java.io.ObjectOutputStream(out)) {
                objects.writeObject(new java.util.ArrayList<>());
            }
            new ObjectInputStream(new java.io.ByteArrayInputStream(out.toByteArray())).readObject();
        }
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
