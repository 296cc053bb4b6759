package dev.caravan.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.jms.Connection;
import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The broker is killed by SIGKILL and started again, while clients stay as they are. */
class BrokerKilledIT {
    private static final String CONTROL = "caravan.agent.beta.control";

    @TempDir
    Path directory;
    private TestBroker files;
    private int port;
    private Process process;
    private BrokerClient alpha;
    private BrokerClient beta;

    @BeforeEach
    void start() throws Exception {
        files = new TestBroker(directory);
        port = BrokerProcess.freePort();
        process = BrokerProcess.start(directory, port);
        alpha = files.client("tcp://127.0.0.1:" + port, "agent-alpha");
        beta = files.client("tcp://127.0.0.1:" + port, "agent-beta");
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            alpha.connectionFactory().createContext().close();
            return true;
        });
    }

    @AfterEach
    void stop() throws Exception {
        process.destroyForcibly().waitFor();
        alpha.close();
        beta.close();
    }

    private void killAndRestart() throws Exception {
        process.destroyForcibly().waitFor();
        process = BrokerProcess.start(directory, port);
    }

    @Test
    void durableMessagesAreKeptAndClientsConnectAgain() throws Exception {
        List<String> received = new CopyOnWriteArrayList<>();
        try (Connection receiving = beta.connectionFactory().createConnection();
                Connection sending = alpha.connectionFactory().createConnection()) {
            Session listening = receiving.createSession(false, Session.AUTO_ACKNOWLEDGE);
            receiving.start();
            Session session = sending.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = session.createProducer(session.createQueue(CONTROL));
            for (int i = 0; i < 10; i++) {
                producer.send(session.createTextMessage("before " + i));
            }

            killAndRestart();

            // whether the broker got it is not known when the connection breaks: it is sent again, and counts once
            Message during = session.createTextMessage("during");
            during.setStringProperty("_AMQ_DUPL_ID", "during");
            send(producer, during);
            send(producer, during);
            listening.createConsumer(listening.createQueue(CONTROL))
                    .setMessageListener(message -> received.add(text(message)));
            await().atMost(Duration.ofSeconds(60)).until(() -> received.contains("during"));
            assertThat(received).startsWith("before 0", "before 1");

            killAndRestart();

            // and the listener is connected again without anybody's doing
            send(producer, session.createTextMessage("after"));
            await().atMost(Duration.ofSeconds(60)).until(() -> received.contains("after"));
            assertThat(received).filteredOn("during"::equals).hasSize(1);
        }
    }

    private static void send(MessageProducer producer, Message message) {
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            producer.send(message);
            return true;
        });
    }

    @Test
    @Timeout(30)
    void clientsCloseInTimeWhileTheBrokerIsAway() throws Exception {
        JMSContext context = alpha.connectionFactory().createContext();
        context.createProducer().send(context.createQueue(CONTROL), "x");
        process.destroyForcibly().waitFor();
        alpha.close();
    }

    private static String text(Message message) {
        try {
            return message.getBody(String.class);
        } catch (jakarta.jms.JMSException e) {
            throw new IllegalStateException(e);
        }
    }
}
