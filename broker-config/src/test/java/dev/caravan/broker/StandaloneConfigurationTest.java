package dev.caravan.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.jms.JMSContext;
import jakarta.jms.JMSRuntimeException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files under {@code standalone/etc} make a broker that is reached over TLS, and only so. */
class StandaloneConfigurationTest {
    @TempDir
    static Path directory;
    private static StandaloneBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = new StandaloneBroker(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        broker.close();
    }

    @Test
    void aMessageTravelsOverTls() throws Exception {
        try (BrokerClient alpha = broker.client("agent-alpha");
                BrokerClient beta = broker.client("agent-beta");
                JMSContext sending = alpha.connectionFactory().createContext();
                JMSContext receiving = beta.connectionFactory().createContext()) {
            sending.createProducer().send(sending.createQueue("caravan.agent.beta.control"), "hello");
            var consumer = receiving.createConsumer(receiving.createQueue("caravan.agent.beta.control"));
            assertThat(consumer.receive(5000).getBody(String.class)).isEqualTo("hello");
        }
    }

    @Test
    void whatIsTooLongIsRefusedAtItsSender() throws Exception {
        try (BrokerClient alpha = broker.client("agent-alpha");
                JMSContext sending = alpha.connectionFactory().createContext()) {
            var queue = sending.createQueue("caravan.agent.beta.control");
            assertThatThrownBy(() -> sending.createProducer().setProperty("note", "x".repeat(3 << 19)).send(queue, "x"))
                    .isInstanceOf(JMSRuntimeException.class).hasMessageContaining("bytes; at most 2097152");
        }
    }

    @Test
    void withoutTlsNobodyIsServed() throws Exception {
        try (BrokerClient plain = broker.files().client(broker.plainUrl() + "?callTimeout=2000", "operator")) {
            assertThatThrownBy(() -> plain.connectionFactory().createContext().start())
                    .isInstanceOf(JMSRuntimeException.class);
        }
    }
}
