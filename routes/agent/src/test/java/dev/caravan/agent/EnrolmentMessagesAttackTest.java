package dev.caravan.agent;

import static dev.caravan.routes.ForeignClient.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.event.MigrationEvents;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.CaravanHeaders;
import dev.caravan.routes.ForeignClient.Making;
import dev.caravan.routes.ForeignClient;
import dev.caravan.routes.QuietLog;
import dev.caravan.routes.RouteBroker;
import dev.caravan.wire.Excerpt;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever an agent or an operator sends to the real authorities: one answer, where it may go, and no second try. */
class EnrolmentMessagesAttackTest {
    private static final String LETTERS = "DLQ." + Addresses.AUTHORITY;
    private static final long NOTHING_MILLIS = 300;

    @TempDir
    static Path directory;
    private static RouteBroker broker;
    private static AuthorityApplication authorities;
    private ForeignClient alpha;
    private ForeignClient operator;
    private QuietLog log;

    @BeforeAll
    static void start() throws Exception {
        broker = new RouteBroker(directory);
        Properties properties = broker.settings("authority");
        properties.setProperty("caravan.home", directory.resolve("authorities").toString());
        properties.setProperty("caravan.maker-roots", Files.createDirectory(directory.resolve("makers")).toString());
        authorities = new AuthorityApplication(properties);
        authorities.start();
    }

    @AfterAll
    static void stop() throws Exception {
        authorities.close();
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        alpha = new ForeignClient(broker, "agent-alpha");
        operator = new ForeignClient(broker, "operator");
        log = new QuietLog();
    }

    @AfterEach
    void leave() throws Exception {
        log.assertQuiet();
        log.close();
        alpha.close();
        operator.close();
    }

    private Making from(String replies, Making making) {
        return session -> {
            Message message = making.in(session);
            message.setJMSReplyTo(ForeignClient.queue(replies));
            message.setJMSCorrelationID("mine");
            return message;
        };
    }

    private String answerTo(Making making) throws JMSException {
        int kept = operator.browse(LETTERS).size();
        alpha.send(Addresses.AUTHORITY, from(Addresses.replies("alpha"), making));
        Message answer = alpha.take(Addresses.replies("alpha"), 20_000);
        assertThat(answer).isNotNull();
        assertThat(answer.getJMSCorrelationID()).isEqualTo("mine");
        assertThat(operator.browse(LETTERS)).hasSize(kept + 1);
        return EnrolmentRequest.parseAnswer(answer.getBody(byte[].class)).error();
    }

    @Test
    void rubbishIsAnsweredAtOnceWithWhatIsWrongWithIt() throws Exception {
        assertThat(answerTo(bytes("{\"type\":".getBytes(StandardCharsets.UTF_8)))).contains("not JSON");
        assertThat(answerTo(bytes(new byte[0]))).contains("not an enrolment message");
        assertThat(answerTo(bytes("null".getBytes(StandardCharsets.UTF_8)))).contains("an object is needed");
        assertThat(answerTo(session -> session.createTextMessage("{\"type\":\"dance\"}"))).contains("enrol, activate");
        assertThat(answerTo(bytes("{\"type\":\"admit\",\"platform\":null}".getBytes(StandardCharsets.UTF_8))))
                .contains("not signed");
        assertThat(answerTo(session -> session.createObjectMessage((Serializable) List.of("object"))))
                .contains("is an ObjectMessage");
        assertThat(answerTo(bytes(new byte[70_000]))).isEqualTo("the enrolment message has 70000 bytes; at most 65536");
        assertThat(answerTo(session -> session.createTextMessage("{\"type\":\"" + "x".repeat(60_000) + "\"}")))
                .hasSizeLessThanOrEqualTo(Excerpt.REASON);
    }

    @Test
    void anOperatorWhoIsNotBelievedHearsWhyByAnEvent() throws Exception {
        byte[] admission = EnrolmentRequest
                .toJson(EnrolmentRequest.admit("alpha", "00".repeat(32), false, Duration.ofHours(1)));
        UUID id = EnrolmentRequest.parse(admission).id();
        operator.hearEvents();
        operator.send(Addresses.AUTHORITY, bytes(admission));
        await().until(() -> !operator.events(MigrationEvents.REPLY).isEmpty());
        assertThat(operator.events(MigrationEvents.REPLY)).singleElement().satisfies(event -> {
            assertThat(event.path("queryId").asText()).isEqualTo(id.toString());
            assertThat(event.at("/result/error").asText()).contains("not signed");
        });
    }

    @Test
    void noAnswerGoesToAnotherAgentOrAnyOtherAddress() throws Exception {
        byte[] enrolment = EnrolmentRequest
                .toJson(EnrolmentRequest.enrol("alpha", new byte[]{1}, new byte[]{1}, new byte[]{1}));
        int kept = operator.browse(LETTERS).size();
        alpha.send(Addresses.AUTHORITY, from(Addresses.replies("beta"), bytes(enrolment)));
        await().until(() -> operator.browse(LETTERS).size() == kept + 1);
        assertThat(operator.browse(LETTERS).get(kept).getStringProperty(CaravanHeaders.REASON))
                .isEqualTo("JMSReplyTo is \"caravan.agent.beta.replies\"; caravan.agent.alpha.replies is allowed");

        for (String elsewhere : List.of(Addresses.REQUESTS, Addresses.control("alpha"), "caravan.agent.nobody.replies",
                Addresses.AUTHORITY)) {
            alpha.send(Addresses.AUTHORITY, from(elsewhere, bytes("rubbish".getBytes(StandardCharsets.UTF_8))));
        }
        await().until(() -> operator.browse(LETTERS).size() == kept + 5);
        assertThat(alpha.take(Addresses.REQUESTS, NOTHING_MILLIS)).isNull();
        assertThat(alpha.take(Addresses.control("alpha"), NOTHING_MILLIS)).isNull();
        try (ForeignClient beta = new ForeignClient(broker, "agent-beta")) {
            assertThat(beta.take(Addresses.replies("beta"), NOTHING_MILLIS)).isNull();
        }
        assertThat(answerTo(bytes("rubbish".getBytes(StandardCharsets.UTF_8)))).contains("not JSON");
    }
}
