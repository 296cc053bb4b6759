package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.event.MigrationEvents;
import dev.caravan.lab.LabStatus;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.Addresses;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Messages of any size and form at agents with the heap that is advised: none ends a process or holds up another. */
@ExtendWith(RealLab.class)
@Timeout(120)
class MessageAttackIT {
    private static final String NAME = "target";

    private final TestLab lab;
    private OperatorMailbox mailbox;

    MessageAttackIT(TestLab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void start() throws Exception {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        mailbox = new OperatorMailbox(lab);
    }

    @AfterEach
    void clear() throws Exception {
        mailbox.close();
        lab.clear();
    }

    private interface Making {
        Message in(Session session) throws JMSException;
    }

    /** Sends by Artemis' own client, as other programs do. */
    private void send(String address, String options, Making making) throws Exception {
        Properties operator = lab.operator();
        String password = Files.readString(Path.of(operator.getProperty("caravan.broker.password-file"))).strip();
        try (ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(
                operator.getProperty("caravan.broker.url") + options, operator.getProperty("caravan.broker.user"),
                password); Connection connection = factory.createConnection()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            session.createProducer(address.equals(Addresses.QUERIES)
                    ? session.createTopic(address)
                    : session.createQueue(address)).send(making.in(session));
        }
    }

    private static Making bytes(int size) {
        return session -> {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(new byte[size]);
            return message;
        };
    }

    @Test
    void messagesOfAnySizeAndFormEndNoProcess() throws Exception {
        for (String address : List.of(Addresses.REQUESTS, Addresses.QUERIES, Addresses.AUTHORITY)) {
            assertThatThrownBy(() -> send(address, "?blockOnNonDurableSend=true", bytes(100_000_000)))
                    .hasMessageMatching("the message to " + address + " has 10000\\d{4} bytes; at most 2097152");
        }
        String zip = "?compressLargeMessage=true";
        send(Addresses.REQUESTS, zip, bytes(300_000_000));
        send(Addresses.QUERIES, zip, bytes(300_000_000));
        send(Addresses.AUTHORITY, zip, bytes(300_000_000));
        send(Addresses.REQUESTS, "", bytes(2_000_000));
        send(Addresses.REQUESTS, "", session -> session.createObjectMessage(new ArrayList<>(List.of("object"))));
        send(Addresses.REQUESTS, "", session -> session.createTextMessage("x".repeat(900_000)));
        for (String why : List.of("is compressed", "the request has 2000000 bytes; at most 16384",
                "is an ObjectMessage", "the request has 1800005 bytes; at most 16384")) {
            mailbox.await(MigrationEvents.REJECTED, data -> data.path("reason").asText().contains(why));
        }
        assertThat(lab.lab().status().state()).isEqualTo(LabStatus.State.UP);
        assertThat(lab.migrate(NAME, BETA).exitCode()).isZero();
        lab.assertOnlyAt(BETA, NAME);
    }

    @Test
    void aReplyToChangesNothing() throws Exception {
        for (int i = 0; i < 4; i++) {
            MigrationRequest request = OperatorMailbox.request(NAME, "nowhere", BETA);
            Map<String, String> signature = mailbox.signed(request.toJson());
            send(Addresses.REQUESTS, "", session -> {
                BytesMessage message = session.createBytesMessage();
                message.writeBytes(request.toJson());
                for (Map.Entry<String, String> header : signature.entrySet()) {
                    message.setStringProperty(header.getKey(), header.getValue());
                }
                message.setJMSReplyTo(session.createQueue(Addresses.control(BETA)));
                return message;
            });
            JsonNode rejected = rejection(request);
            assertThat(rejected.path("error").asText()).isEqualTo("unknown-host");
        }
        assertThat(lab.migrate(NAME, BETA).exitCode()).isZero();
    }

    private JsonNode rejection(MigrationRequest request) {
        return mailbox.await(MigrationEvents.REJECTED,
                data -> data.path("migrationId").asText().equals(request.id().toString()));
    }
}
