package dev.caravan.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.JMSSecurityRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may do what: every address, every role, every act. */
class PermissionsTest {
    private static final List<String> AGENTS = List.of("agent-alpha", "agent-beta");
    private static final Map<String, BrokerClient> CLIENTS = new HashMap<>();

    /** For each address those who may send, who may consume, who may browse. */
    private static final List<Rule> RULES = List.of(
            new Rule("caravan.requests", List.of("operator"), AGENTS, List.of("operator")),
            new Rule("caravan.authority.requests", List.of("agent-alpha", "agent-beta", "operator"),
                    List.of("authority"), List.of("authority")),
            new Rule("caravan.agent.alpha.control", AGENTS, List.of("agent-alpha"), List.of("agent-alpha")),
            new Rule("caravan.agent.alpha.replies", List.of("authority"), List.of("agent-alpha"), List.of()),
            new Rule("caravan.agent.alpha.batches", AGENTS, List.of("agent-alpha"), List.of()),
            new Rule("caravan.agent.beta.pages", AGENTS, List.of("agent-beta"), List.of()),
            new Rule("DLQ.caravan.agent.alpha.control", List.of("agent-alpha"), List.of(), List.of("operator")),
            new Rule("DLQ.caravan.agent.alpha.batches", List.of("agent-alpha"), List.of(), List.of("operator")),
            new Rule("DLQ.caravan.agent.alpha.pages", List.of("agent-alpha"), List.of(), List.of("operator")),
            new Rule("DLQ.caravan.requests", AGENTS, List.of(), List.of("operator")),
            new Rule("DLQ.caravan.authority.requests", List.of("authority"), List.of(), List.of("operator")));

    @TempDir
    static Path directory;
    private static EmbeddedBroker broker;

    private record Rule(String address, List<String> senders, List<String> consumers, List<String> browsers) {
    }

    @BeforeAll
    static void start() throws Exception {
        TestBroker files = new TestBroker(directory);
        broker = EmbeddedBroker.from(files.properties(0));
        broker.start();
        TestBroker.USERS.forEach(user -> CLIENTS.put(user, files.client(broker.url(), user)));
    }

    @AfterAll
    static void stop() throws Exception {
        CLIENTS.values().forEach(BrokerClient::close);
        broker.stop();
    }

    static Stream<Arguments> rules() {
        return RULES.stream().flatMap(rule -> TestBroker.USERS.stream().map(user -> Arguments.of(rule, user)));
    }

    private interface Act {
        void in(JMSContext context) throws JMSException;
    }

    private static void expect(boolean allowed, String user, Act act) {
        try (JMSContext context = CLIENTS.get(user).connectionFactory().createContext()) {
            if (allowed) {
                act.in(context);
            } else {
                assertThatThrownBy(() -> act.in(context)).satisfiesAnyOf(
                        thrown -> assertThat(thrown).isInstanceOf(JMSSecurityException.class),
                        thrown -> assertThat(thrown).isInstanceOf(JMSSecurityRuntimeException.class),
                        thrown -> assertThat(thrown).hasMessageContaining("does not have permission"));
            }
        } catch (JMSException e) {
            throw new JMSRuntimeException(e.getMessage(), e.getErrorCode(), e);
        }
    }

    @ParameterizedTest
    @MethodSource("rules")
    void onlyWhoIsNamedMaySend(Rule rule, String user) {
        expect(rule.senders().contains(user), user,
                context -> context.createProducer().send(context.createQueue(rule.address()), "x"));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void onlyWhoIsNamedMayConsume(Rule rule, String user) {
        expect(rule.consumers().contains(user), user,
                context -> context.createConsumer(context.createQueue(rule.address())).close());
    }

    @ParameterizedTest
    @MethodSource("rules")
    void onlyWhoIsNamedMayBrowse(Rule rule, String user) {
        expect(rule.browsers().contains(user), user,
                context -> context.createBrowser(context.createQueue(rule.address())).getEnumeration()
                        .hasMoreElements());
    }

    @Test
    void operatorsHearEventsAndAgentsHearQueries() throws JMSException {
        heard("caravan.events", "agent-alpha", "operator");
        heard("caravan.queries", "operator", "agent-beta");
    }

    private static void heard(String topic, String sender, String listener) throws JMSException {
        try (JMSContext listening = CLIENTS.get(listener).connectionFactory().createContext();
                JMSContext sending = CLIENTS.get(sender).connectionFactory().createContext()) {
            var consumer = listening.createConsumer(listening.createTopic(topic));
            sending.createProducer().send(sending.createTopic(topic), "tick");
            assertThat(consumer.receive(5000).getBody(String.class)).isEqualTo("tick");
        }
    }

    @Test
    void agentsMayNotListenToEventsNorSendQueries() {
        expect(false, "agent-alpha", context -> context.createConsumer(context.createTopic("caravan.events")));
        expect(false, "agent-alpha",
                context -> context.createProducer().send(context.createTopic("caravan.queries"), "x"));
        expect(false, "operator", context -> context.createConsumer(context.createTopic("caravan.queries")));
        expect(false, "operator",
                context -> context.createProducer().send(context.createTopic("caravan.events"), "x"));
        expect(false, "authority", context -> context.createConsumer(context.createTopic("caravan.events")));
    }

    @Test
    void sendingToAnUnknownAgentFailsForTheSender() {
        try (JMSContext context = CLIENTS.get("agent-alpha").connectionFactory().createContext()) {
            assertThatThrownBy(
                    () -> context.createProducer().send(context.createQueue("caravan.agent.gamma.control"), "x"))
                    .isInstanceOf(JMSRuntimeException.class)
                    .hasMessageContaining("no queue with name caravan.agent.gamma.control");
        }
    }

    @Test
    void nobodyMayCreateAQueue() {
        for (String user : TestBroker.USERS) {
            try (JMSContext context = CLIENTS.get(user).connectionFactory().createContext()) {
                assertThatThrownBy(
                        () -> context.createConsumer(context.createQueue("caravan.agent." + user + ".other")))
                        .isInstanceOf(JMSRuntimeException.class).hasMessageContaining("no queue");
            }
        }
    }

    @Test
    void aWrongPasswordIsRefused() throws Exception {
        Path other = directory.resolve("other");
        Files.createDirectories(other);
        TestBroker files = new TestBroker(other);
        files.secret("operator.password", "wrong");
        try (BrokerClient client = files.client(broker.url(), "operator")) {
            assertThatThrownBy(() -> client.connectionFactory().createContext().start())
                    .isInstanceOf(JMSSecurityRuntimeException.class).hasMessageNotContaining("wrong");
        }
    }
}
