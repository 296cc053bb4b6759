package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.broker.BrokerClient;
import dev.caravan.event.MigrationEvents;
import dev.caravan.event.MigrationEvents.ReplyData;
import dev.caravan.query.OperatorQuery;
import dev.caravan.routes.Addresses;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Somebody with the log-in of a host answers each query at once, and tells each migration's end at its beginning. */
@ExtendWith(RealLab.class)
@Timeout(180)
class AnswersAttackIT {
    private static final String NAME = "wanted";

    private final TestLab lab;

    AnswersAttackIT(TestLab lab) {
        this.lab = lab;
    }

    @AfterEach
    void clear() {
        lab.clear();
    }

    @Test
    void aForgedEndAndAForgedListAreNotBelieved() throws Exception {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        List<String> told = new CopyOnWriteArrayList<>();
        CommandResult list;
        CommandResult migrated;
        try (BrokerClient broker = lab.broker("agent-" + BETA);
                Connection connection = broker.connectionFactory().createConnection();
                OperatorMailbox mailbox = new OperatorMailbox(lab, event -> tellTheEnd(connection, event, told))) {
            Session queries = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            queries.createConsumer(queries.createTopic(Addresses.QUERIES)).setMessageListener(query -> {
                try {
                    UUID id = OperatorQuery.parse(query.getBody(byte[].class)).id();
                    forge(connection, BETA, MigrationEvents.REPLY, id, new ReplyData(id, BETA,
                            List.of(Map.of("host", BETA, "container", NAME, "status", "running"))));
                } catch (JMSException e) {
                    throw new IllegalStateException(e);
                }
            });
            connection.start();
            list = lab.caravan("list", "--json");
            migrated = lab.caravan("migrate", NAME, "--to", BETA, "--json");
        }
        assertThat(list.exitCode()).isZero();
        assertThat(list.json()).filteredOn(row -> row.path("verified").asBoolean())
                .filteredOn(row -> row.path("container").asText().equals(NAME))
                .singleElement().satisfies(row -> assertThat(row.path("host").asText()).isEqualTo(ALPHA));
        assertThat(list.json()).filteredOn(row -> !row.path("verified").asBoolean()).isNotEmpty()
                .allSatisfy(row -> assertThat(row.path("fault").asText()).contains("not signed"));

        // believed, the list would have made it a migration from beta, and the end a refusal
        assertThat(told).as("ends that were forged").isNotEmpty();
        JsonNode end = migrated.json();
        assertThat(end.path("outcome").asText()).as(migrated.toString()).isEqualTo("completed");
        assertThat(end.path("source").asText()).isEqualTo(ALPHA);
        assertThat(end.path("signedBy").asText()).isEqualTo(ALPHA);
        assertThat(end.path("verified").asBoolean()).isTrue();
        lab.assertOnlyAt(BETA, NAME);
    }

    private static void tellTheEnd(Connection connection, JsonNode event, List<String> told) {
        JsonNode data = event.path("data");
        if (event.path("type").asText().equals(MigrationEvents.TRANSITION)
                && data.path("stage").asText().equals("attesting")) {
            UUID id = UUID.fromString(data.path("migrationId").asText());
            try {
                forge(connection, ALPHA, MigrationEvents.ENDED, id, Map.of("migrationId", id, "container", NAME,
                        "source", ALPHA, "destination", BETA, "outcome", "refused", "reason", "so says a forger"));
                told.add(id.toString());
            } catch (JMSException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void forge(Connection connection, String of, String type, UUID subject, Object data)
            throws JMSException {
        try (Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                var producer = session.createProducer(session.createTopic(Addresses.EVENTS))) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(new MigrationEvents(of).encode(type, subject.toString(), data));
            producer.send(message);
        }
    }
}
