package dev.caravan.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedBrokerTest {
    private static final String REQUESTS = "caravan.requests";

    @TempDir
    Path directory;
    private TestBroker files;
    private EmbeddedBroker broker;

    @BeforeEach
    void start() throws Exception {
        files = new TestBroker(directory);
        broker = EmbeddedBroker.from(files.properties(0));
        broker.start();
    }

    @AfterEach
    void stop() throws Exception {
        broker.close();
    }

    private static void send(BrokerClient client, String queue, String text) {
        try (JMSContext context = client.connectionFactory().createContext()) {
            context.createProducer().send(context.createQueue(queue), text);
        }
    }

    @Test
    void aMessageThatIsNeverHandledEndsInItsDeadLetterQueue() throws Exception {
        try (BrokerClient operator = files.client(broker.url(), "operator");
                BrokerClient agent = files.client(broker.url(), "agent-alpha")) {
            send(operator, REQUESTS, "poison");
            int attempts = 0;
            try (JMSContext context = agent.connectionFactory().createContext(JMSContext.SESSION_TRANSACTED)) {
                var consumer = context.createConsumer(context.createQueue(REQUESTS));
                long before = System.nanoTime();
                for (Message message; (message = consumer.receive(6000)) != null; attempts++) {
                    assertThat(message.getIntProperty("JMSXDeliveryCount")).isEqualTo(attempts + 1);
                    context.rollback();
                    if (attempts == 4) {
                        break;
                    }
                }
                // 0.5 + 1 + 2 + 4 s less at most 15 %
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(6000));
            }
            assertThat(attempts).isEqualTo(4);
            await().atMost(Duration.ofSeconds(5)).until(() -> browse(operator, "DLQ." + REQUESTS), "poison"::equals);
        }
    }

    private static String browse(BrokerClient client, String queue) throws JMSException {
        try (JMSContext context = client.connectionFactory().createContext()) {
            var messages = context.createBrowser(context.createQueue(queue)).getEnumeration();
            return messages.hasMoreElements() ? ((Message) messages.nextElement()).getBody(String.class) : null;
        }
    }

    @Test
    void aMessageSentTwiceWithOneDuplicateIdentityArrivesOnce() throws Exception {
        try (BrokerClient operator = files.client(broker.url(), "operator");
                BrokerClient agent = files.client(broker.url(), "agent-alpha")) {
            for (int i = 0; i < 2; i++) {
                try (JMSContext context = operator.connectionFactory().createContext()) {
                    context.createProducer().setProperty("_AMQ_DUPL_ID", "one").send(context.createQueue(REQUESTS),
                            "r");
                }
            }
            try (JMSContext context = agent.connectionFactory().createContext()) {
                var consumer = context.createConsumer(context.createQueue(REQUESTS));
                assertThat(consumer.receive(5000)).isNotNull();
                assertThat(consumer.receiveNoWait()).isNull();
            }
        }
    }

    @Test
    void aConsumerThatIsBusyWithOneControlMessageHoldsBackNoOther() throws Exception {
        String control = "caravan.agent.alpha.control";
        try (BrokerClient alpha = files.client(broker.url(), "agent-alpha");
                BrokerClient beta = files.client(broker.url(), "agent-beta");
                JMSContext busy = alpha.connectionFactory().createContext(JMSContext.CLIENT_ACKNOWLEDGE);
                JMSContext idle = alpha.connectionFactory().createContext(JMSContext.CLIENT_ACKNOWLEDGE)) {
            var held = busy.createConsumer(busy.createQueue(control));
            send(beta, control, "a stage that takes long");
            assertThat(held.receive(5000)).isNotNull();
            var other = idle.createConsumer(idle.createQueue(control));
            for (int i = 0; i < 8; i++) {
                send(beta, control, "abort " + i);
                assertThat(other.receive(5000).getBody(String.class)).isEqualTo("abort " + i);
            }
        }
    }

    @Test
    void theBrokerHoldsAtMostSixtyFourMebibytesOfBatchesAndBlocksTheSender() throws Exception {
        byte[] batch = new byte[1024 * 1024];
        try (BrokerClient alpha = files.client(broker.url(), "agent-alpha");
                BrokerClient beta = files.client(broker.url(), "agent-beta");
                Connection sending = alpha.connectionFactory().createConnection()) {
            java.util.concurrent.atomic.AtomicInteger sent = new java.util.concurrent.atomic.AtomicInteger();
            Thread sender = new Thread(() -> {
                try (Session session = sending.createSession(false, Session.AUTO_ACKNOWLEDGE);
                        MessageProducer producer = session
                                .createProducer(session.createQueue("caravan.agent.beta.batches"))) {
                    producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
                    for (; sent.get() < 100; sent.incrementAndGet()) {
                        BytesMessage message = session.createBytesMessage();
                        message.writeBytes(batch);
                        producer.send(message);
                    }
                } catch (JMSException e) {
                    throw new JMSRuntimeException(e.getMessage());
                }
            });
            sender.start();
            await().atMost(Duration.ofSeconds(20)).until(
                    () -> sender.getState() == Thread.State.WAITING || sender.getState() == Thread.State.TIMED_WAITING);
            await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(20))
                    .until(() -> sent.get() >= 40 && sent.get() < 64);

            try (Connection receiving = beta.connectionFactory().createConnection()) {
                receiving.start();
                Session session = receiving.createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageConsumer consumer = session.createConsumer(session.createQueue("caravan.agent.beta.batches"));
                for (int i = 0; i < 100; i++) {
                    assertThat(((BytesMessage) consumer.receive(10_000)).getBodyLength()).isEqualTo(batch.length);
                }
            }
            sender.join(10_000);
            assertThat(sent).hasValue(100);
        }
    }

    @Test
    void anAgentThatIsAddedWhileTheBrokerRunsIsAdmitted() throws Exception {
        Files.writeString(directory.resolve("users"), "agent-gamma=gamma\n", StandardOpenOption.APPEND);
        Files.writeString(directory.resolve("roles"), "agent-gamma=agent-gamma\n", StandardOpenOption.APPEND);
        files.secret("agent-gamma.password", "gamma");
        try (BrokerClient gamma = files.client(broker.url(), "agent-gamma");
                BrokerClient alpha = files.client(broker.url(), "agent-alpha")) {
            await().atMost(Duration.ofSeconds(20)).ignoreExceptions().untilAsserted(() -> {
                send(alpha, "caravan.agent.gamma.control", "welcome");
                try (JMSContext context = gamma.connectionFactory().createContext()) {
                    var consumer = context.createConsumer(context.createQueue("caravan.agent.gamma.control"));
                    assertThat(consumer.receive(1000).getBody(String.class)).isEqualTo("welcome");
                }
            });
        }
    }

    @Test
    void thePortInUseIsAnErrorThatNamesIt() throws Exception {
        Properties taken = files.properties(0);
        taken.setProperty("caravan.home", directory.resolve("second").toString());
        String address = broker.url().substring("tcp://".length());
        taken.setProperty("caravan.broker.bind", address);
        try (EmbeddedBroker second = EmbeddedBroker.from(taken)) {
            assertThatThrownBy(second::start).hasMessageContaining(address);
        }
    }

    @Test
    void usersThatOthersCanReadAreRefused() throws Exception {
        Path users = directory.resolve("users");
        Files.setPosixFilePermissions(users, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> EmbeddedBroker.from(files.properties(0)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("chmod 600 " + users);
    }

    @Test
    void aWrongBindAddressIsNamed() {
        for (String bind : List.of("10.0.0.1", ":61616", "host:", "host:70000", "host:-1")) {
            Properties properties = files.properties(0);
            properties.setProperty("caravan.broker.bind", bind);
            assertThatThrownBy(() -> EmbeddedBroker.from(properties)).hasMessageContaining("caravan.broker.bind")
                    .hasMessageContaining(bind);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:0", "[::]:0", "192.0.2.1:61616"})
    void withoutTlsItListensWhereOthersReachItOnlyIfThatIsAccepted(String bind) {
        Properties properties = files.properties(0);
        properties.setProperty("caravan.broker.bind", bind);
        assertThatThrownBy(() -> EmbeddedBroker.from(properties)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("caravan.broker.bind is \"" + bind.substring(0, bind.lastIndexOf(':')))
                .hasMessageContaining("Set caravan.broker.keystore");

        properties.setProperty("caravan.broker.insecure-plain-text", "true");
        assertThatThrownBy(() -> EmbeddedBroker.from(properties))
                .hasMessageContaining("caravan.broker.insecure-plain-text is \"true\"; only \"accept\"");

        properties.setProperty("caravan.broker.insecure-plain-text", "accept");
        assertThat(BrokerConfiguration.from(properties).keyStore()).isNull();
    }

    @Test
    void aRoleThatNamesNoPlatformIsRefused() throws Exception {
        Files.writeString(directory.resolve("roles"), "agent-a.b=x\n");
        assertThatThrownBy(() -> EmbeddedBroker.from(files.properties(0))).hasMessageContaining("agent-a.b");
    }

    @Test
    void whatIsDurableIsThereAfterARestart() throws Exception {
        try (BrokerClient operator = files.client(broker.url(), "operator")) {
            send(operator, REQUESTS, "kept");
        }
        broker.stop();
        broker = EmbeddedBroker.from(files.properties(0));
        broker.start();
        try (BrokerClient agent = files.client(broker.url(), "agent-beta");
                JMSContext context = agent.connectionFactory().createContext()) {
            var consumer = context.createConsumer(context.createQueue(REQUESTS));
            assertThat(consumer.receive(5000).getBody(String.class)).isEqualTo("kept");
        }
    }
}
