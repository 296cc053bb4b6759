package dev.caravan.broker;

import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Prints how many MB/s of batches cross the broker: producer, broker and consumer are three processes. By hand:
 * {@code java -cp … dev.caravan.broker.Throughput 1024} for 1024 messages of 1 MiB.
 */
final class Throughput {
    private static final String QUEUE = "caravan.agent.beta.batches";
    private static final int BATCH = 1024 * 1024;

    private Throughput() {
    }

    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[0]);
        if (arguments.length > 1) {
            send(new TestBroker(Path.of(arguments[1])).client(arguments[2], "agent-alpha"), count);
            return;
        }
        Path directory = Files.createTempDirectory("caravan-throughput");
        TestBroker files = new TestBroker(directory);
        int port = BrokerProcess.freePort();
        String url = "tcp://127.0.0.1:" + port;
        Process broker = BrokerProcess.start(directory, port);
        try (BrokerClient client = files.client(url, "agent-beta"); Connection connection = connect(client)) {
            connection.start();
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageConsumer consumer = session.createConsumer(session.createQueue(QUEUE));
            for (int round = 0; round < 3; round++) {
                Process producer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                        System.getProperty("java.class.path"), Throughput.class.getName(), arguments[0],
                        directory.toString(), url).inheritIO().start();
                byte[] buffer = new byte[BATCH];
                long start = 0;
                for (int i = 0; i < count; i++) {
                    ((BytesMessage) consumer.receive()).readBytes(buffer);
                    start = i == 0 ? System.nanoTime() : start;
                }
                System.out.printf("%.0f MB/s%n", (count - 1.0) * BATCH / (System.nanoTime() - start) * 1e3);
                producer.waitFor();
            }
        } finally {
            broker.destroy();
        }
    }

    private static Connection connect(BrokerClient client) {
        while (true) {
            try {
                return client.connectionFactory().createConnection();
            } catch (JMSException e) {
                Thread.onSpinWait();
            }
        }
    }

    private static void send(BrokerClient client, int count) throws JMSException {
        try (client; Connection connection = client.connectionFactory().createConnection()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = session.createProducer(session.createQueue(QUEUE));
            producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
            byte[] batch = new byte[BATCH];
            for (int i = 0; i < count; i++) {
                BytesMessage message = session.createBytesMessage();
                message.writeBytes(batch);
                producer.send(message);
            }
        }
    }
}
