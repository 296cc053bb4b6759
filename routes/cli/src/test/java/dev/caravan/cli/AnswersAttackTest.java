package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.authority.EventKey;
import dev.caravan.broker.BrokerClient;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.event.MigrationEvents.ReplyData;
import dev.caravan.event.MigrationEvents.TransitionData;
import dev.caravan.event.MigrationEvents;
import dev.caravan.event.SignedEvent;
import dev.caravan.event.TestSpeakers;
import dev.caravan.query.OperatorQuery;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.BrokerComponent;
import dev.caravan.routes.CaravanHeaders;
import dev.caravan.routes.EventRoute;
import dev.caravan.routes.EventTopicRoute;
import dev.caravan.routes.event.EventSigning;
import dev.caravan.routes.event.VerifyEventRoute;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Somebody with a log-in at the broker makes up answers and ends of migrations, while the agent of alpha answers by its
 * routes: what an operator's commands make of it.
 */
@Timeout(120)
class AnswersAttackTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final List<String> USERS = List.of("agent-alpha", "agent-beta", "operator");

    @TempDir
    static Path directory;
    private static final Map<String, EventKey> KEYS = new HashMap<>();
    private static EmbeddedBroker broker;
    private static TestSpeakers speakers;
    private static Path configuration;

    private final CamelContext alpha = new DefaultCamelContext();
    private final List<Consumer<OperatorQuery>> onQuery = new CopyOnWriteArrayList<>();
    private BrokerClient alphasClient;
    private BrokerClient forger;
    private Connection forging;
    private Session session;
    private volatile Clock alphasClock = Clock.systemUTC();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private OperatorClient operator;

    @BeforeAll
    static void start() throws Exception {
        StringBuilder users = new StringBuilder();
        StringBuilder roles = new StringBuilder();
        for (String user : USERS) {
            users.append(user).append("=secret\n");
            roles.append(user).append('=').append(user).append('\n');
            secret(user + ".password", "secret");
        }
        Properties settings = new Properties();
        settings.setProperty("caravan.home", directory.resolve("broker").toString());
        settings.setProperty("caravan.broker.bind", "127.0.0.1:0");
        settings.setProperty("caravan.broker.users", secret("users", users.toString()).toString());
        settings.setProperty("caravan.broker.roles", secret("roles", roles.toString()).toString());
        broker = EmbeddedBroker.from(settings);
        broker.start();
        speakers = new TestSpeakers(directory);
        configuration = configure(speakers.trustDirectory());
        for (String host : List.of("alpha", "beta", "gamma")) {
            KEYS.put(host, speakers.platform(host).eventKey());
        }
    }

    @AfterAll
    static void stop() throws Exception {
        broker.close();
    }

    private static Path secret(String name, String content) throws IOException {
        Path file = Files.writeString(directory.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static Path configure(Path trust) throws Exception {
        Path keys = directory.resolve("operators/alice");
        if (Files.notExists(keys)) {
            speakers.operator("alice");
        }
        Properties settings = login("operator");
        settings.setProperty("caravan.operator.key", keys.resolve("operator-key.pem").toString());
        settings.setProperty("caravan.operator.certificate", keys.resolve("operator.pem").toString());
        settings.setProperty("caravan.trust", trust.toString());
        StringWriter text = new StringWriter();
        settings.store(text, null);
        return Files.writeString(Files.createTempFile(directory, "operator", ".properties"), text.toString());
    }

    private static Properties login(String user) {
        Properties settings = new Properties();
        settings.setProperty("caravan.broker.url", broker.url());
        settings.setProperty("caravan.broker.user", user);
        settings.setProperty("caravan.broker.password-file", directory.resolve(user + ".password").toString());
        return settings;
    }

    @BeforeEach
    void connect() throws Exception {
        alphasClient = BrokerClient.from(login("agent-alpha"));
        alpha.addComponent("jms", BrokerComponent.of(alphasClient));
        alpha.addRoutes(new EventRoute(new MigrationEvents("alpha")));
        alpha.addRoutes(new EventTopicRoute(new EventSigning(() -> KEYS.get("alpha"))));
        alpha.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("jms:topic:" + Addresses.QUERIES).process(exchange -> {
                    OperatorQuery query = OperatorQuery.parse(exchange.getMessage().getBody(byte[].class));
                    onQuery.forEach(answer -> answer.accept(query));
                });
            }
        });
        alpha.start();
        forger = BrokerClient.from(login("agent-beta"));
        forging = forger.connectionFactory().createConnection();
        session = forging.createSession(false, Session.AUTO_ACKNOWLEDGE);
        operator = new OperatorClient(OperatorConfiguration.read(configuration), warnings::add);
    }

    @AfterEach
    void disconnect() throws Exception {
        operator.close();
        forging.close();
        forger.close();
        alpha.stop();
        alphasClient.close();
    }

    private static Map<String, String> row(String host, String status) {
        return Map.of("host", host, "container", "web", "status", status);
    }

    /** Alpha's answer, by its routes. */
    private void alphaAnswers(Object result) {
        onQuery.add(query -> say(MigrationEvents.REPLY, query.id(), new ReplyData(query.id(), "alpha", result)));
    }

    private void say(String type, UUID subject, Object data) {
        alpha.createFluentProducerTemplate().to("direct:publish")
                .withBody(new MigrationEvents("alpha", alphasClock).encode(type, subject.toString(), data)).send();
    }

    private void forge(byte[] body, Map<String, String> headers) {
        try (var producer = session.createProducer(session.createTopic(Addresses.EVENTS))) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(body);
            for (Map.Entry<String, String> header : headers.entrySet()) {
                message.setStringProperty(header.getKey(), header.getValue());
            }
            producer.send(message);
        } catch (JMSException e) {
            throw new IllegalStateException(e);
        }
    }

    private void forge(String of, String type, UUID subject, Object data) {
        forge(new MigrationEvents(of).encode(type, subject.toString(), data), Map.of());
    }

    /** An event that says that it is of {@code of}, signed with the right key of another host. */
    private void forgeSigned(String of, String signer, String type, UUID subject, Object data) {
        try {
            SignedEvent event = SignedEvent.of(new MigrationEvents(of).encode(type, subject.toString(), data),
                    KEYS.get(signer));
            forge(event.body(), headers(event));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> headers(SignedEvent event) {
        return Map.of(CaravanHeaders.SIGNATURE, event.signature(), CaravanHeaders.CERTIFICATE, event.certificate(),
                CaravanHeaders.EVENT_KEY, event.eventKey());
    }

    private record Result(int exitCode, String out, String err) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    private static Result caravan(Path settings, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--config", settings.toString(), "--answer-within", "2"));
        int exitCode = new CommandLine(new Caravan()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    err.write(failure.getMessage());
                    return ((CommandFailed) failure).exitCode();
                }).execute(all.toArray(String[]::new));
        return new Result(exitCode, out.toString(), err.toString());
    }

    @Test
    void aForgedListStandsBesideTheTrueOneAndIsMarked() throws Exception {
        onQuery.add(query -> forge("gamma", MigrationEvents.REPLY, query.id(),
                new ReplyData(query.id(), "gamma", List.of(row("gamma", "running")))));
        alphaAnswers(List.of(row("alpha", "running")));
        Result list = caravan(configuration, "list", "--json");
        assertThat(list.exitCode()).isZero();
        for (JsonNode row : list.json()) {
            boolean alphas = row.path("host").asText().equals("alpha");
            assertThat(row.path("verified").asBoolean()).isEqualTo(alphas);
            assertThat(row.path("fault").asText()).isEqualTo(alphas ? "" : "it is not signed");
        }
        assertThat(list.json()).hasSize(2);
        assertThat(caravan(configuration, "list").out()).contains("no: it is not signed", "yes");
    }

    @Test
    void aListThatNobodySignedEndsInARefusalNotInSuccess() {
        onQuery.add(query -> forge("gamma", MigrationEvents.REPLY, query.id(),
                new ReplyData(query.id(), "gamma", List.of(row("gamma", "running")))));
        assertThat(caravan(configuration, "list").exitCode()).isEqualTo(CommandFailed.REFUSED);
    }

    @Test
    void aHostWhoseClockIsTenMinutesBehindIsBelievedNamedAndAskedInItsOwnTime() {
        alphasClock = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-10));
        alphaAnswers(List.of(row("alpha", "running")));
        assertThat(operator.hostOf("web", PATIENCE)).isEqualTo("alpha");
        assertThat(warnings).singleElement().asString()
                .matches("the clock of alpha is (59|60)\\d s behind that of this host.*")
                .contains("set both by NTP");
        assertThat(operator.timeAt("alpha")).isBetween(Instant.now().minusSeconds(660),
                Instant.now().minusSeconds(540));
    }

    @Test
    void clocksThatAgreeChangeNothing() {
        alphaAnswers(List.of());
        assertThat(operator.timeAt("alpha")).isBetween(Instant.now().minusSeconds(60), Instant.now());
        assertThat(warnings).isEmpty();
    }

    @Test
    void aTransitionIsNewsAlsoAfterAClockWasSetBack() {
        List<String> heard = new CopyOnWriteArrayList<>();
        MigrationRequest request = request();
        operator.listen(MigrationWatch.of(request.id(), event -> heard.add(String.valueOf(event.fault()))));
        say(MigrationEvents.TRANSITION, request.id(), transition(request, "source", "freezing"));
        alphasClock = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-10));
        say(MigrationEvents.TRANSITION, request.id(), transition(request, "source", "transferring"));
        Awaitility.await().atMost(PATIENCE).until(() -> heard.size() == 2);
        assertThat(heard).containsOnly("null");
    }

    @Test
    void aQueryThatNobodyServesSaysWhyNot() {
        alphaAnswers(Map.of(OperatorQuery.STALE, "the query expired: set both by NTP"));
        Result list = caravan(configuration, "list");
        assertThat(list.exitCode()).isEqualTo(CommandFailed.ENVIRONMENT);
        assertThat(list.err()).contains("the query expired: set both by NTP");
    }

    @Test
    void noForgedAnswerChoosesTheSource() {
        onQuery.add(query -> {
            forge("gamma", MigrationEvents.REPLY, query.id(),
                    new ReplyData(query.id(), "gamma", List.of(row("gamma", "running"))));
            // beta is a host of the owner, and lies
            forgeSigned("beta", "beta", MigrationEvents.REPLY, query.id(),
                    new ReplyData(query.id(), "beta", List.of(row("gamma", "running"))));
            forgeSigned("gamma", "beta", MigrationEvents.REPLY, query.id(),
                    new ReplyData(query.id(), "gamma", List.of(row("gamma", "running"))));
        });
        assertThatThrownBy(() -> operator.hostOf("web", Duration.ofSeconds(1)))
                .hasMessageContainingAll("unknown container", "not signed", "speaks for", "but beta signed it");
        alphaAnswers(List.of(row("alpha", "running")));
        assertThat(operator.hostOf("web", PATIENCE)).isEqualTo("alpha");
    }

    @Test
    void aForgerWhoIsQuickerDoesNotEndTheWaitForTheHostThatWasAsked() {
        onQuery.add(query -> forge("alpha", MigrationEvents.REPLY, query.id(),
                new ReplyData(query.id(), "alpha", List.of(row("alpha", "stopped")))));
        alphaAnswers(List.of(row("alpha", "running")));
        List<HeardEvent> answers = operator.ask(OperatorQuery.of(OperatorQuery.Kind.LIST, "alpha", null), PATIENCE)
                .verified();
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0).data().path("result").path(0).path("status").asText()).isEqualTo("running");
    }

    @Test
    void anAnswerToAnEarlierQueryIsNoAnswer() throws Exception {
        UUID earlier = UUID.randomUUID();
        SignedEvent old = speakers.event("alpha", MigrationEvents.REPLY, earlier.toString(),
                new ReplyData(earlier, "alpha", List.of(row("alpha", "running"))));
        onQuery.add(query -> forge(old.body(), headers(old)));
        assertThatThrownBy(() -> operator.hostOf("web", Duration.ofSeconds(1)))
                .hasMessageContaining("no agent answered");
    }

    @Test
    void twoCopiesAreAnErrorThatNamesBoth() {
        alphaAnswers(List.of(row("alpha", "running")));
        operator.listen(event -> {
            if ("alpha".equals(event.speaker())) {
                UUID query = UUID.fromString(event.data().path("queryId").asText());
                forgeSigned("beta", "beta", MigrationEvents.REPLY, query,
                        new ReplyData(query, "beta", List.of(row("beta", "running"))));
            }
        });
        assertThatThrownBy(() -> operator.hostOf("web", PATIENCE))
                .hasMessageContainingAll("several hosts", "alpha", "beta", "--from");
    }

    @Test
    void nobodyButTheSourceEndsAMigration() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        MigrationRequest request = request();
        MigrationWatch watch = operator.migrate(request,
                event -> heard.add(event.verified() ? event.type() : event.fault()));
        say(MigrationEvents.TRANSITION, request.id(), transition(request, "source", "attesting"));
        Awaitility.await().atMost(PATIENCE).until(() -> heard.contains(MigrationEvents.TRANSITION));

        Map<String, Object> completed = report(request, "completed");
        forge("alpha", MigrationEvents.ENDED, request.id(), completed);
        forgeSigned("alpha", "beta", MigrationEvents.ENDED, request.id(), completed);
        forgeSigned("gamma", "gamma", MigrationEvents.ENDED, request.id(),
                Map.of("migrationId", request.id(), "source", "gamma", "destination", "beta", "outcome", "completed"));
        forgeSigned("gamma", "gamma", MigrationEvents.REJECTED, request.id(), Map.of("migrationId", request.id(),
                "outcome", "rejected", "error", "expired", "reason", "no"));
        Awaitility.await().atMost(PATIENCE).until(() -> heard.size() == 5);
        assertThat(heard.subList(1, 5)).satisfiesExactly(unsigned -> assertThat(unsigned).contains("not signed"),
                others -> assertThat(others).contains("but beta signed it"),
                stranger -> assertThat(stranger).contains("from gamma to beta, but it goes from alpha to beta"),
                late -> assertThat(late).contains("has begun"));
        assertThatThrownBy(() -> watch.await(Duration.ofMillis(1))).isInstanceOf(CommandFailed.class)
                .hasMessageContainingAll("has not ended", "not believed", "said to be of")
                .extracting(failure -> ((CommandFailed) failure).exitCode()).isEqualTo(CommandFailed.IN_DOUBT);

        say(MigrationEvents.ENDED, request.id(), report(request, "rolled-back"));
        JsonNode end = watch.await(PATIENCE);
        assertThat(end.path("outcome").asText()).isEqualTo("rolled-back");
        assertThat(end.path("signedBy").asText()).isEqualTo("alpha");
        assertThat(end.path("verified").asBoolean()).isTrue();
    }

    @Test
    void aTransitionThatIsPlayedAgainIsNotNews() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        MigrationRequest request = request();
        SignedEvent first = speakers.event("alpha", MigrationEvents.TRANSITION, request.id().toString(),
                transition(request, "source", "freezing"));
        operator.listen(MigrationWatch.of(request.id(), event -> heard.add(String.valueOf(event.fault()))));
        forge(first.body(), headers(first));
        forge(first.body(), headers(first));
        Awaitility.await().atMost(PATIENCE).until(() -> heard.size() == 2);
        assertThat(heard.get(0)).isEqualTo("null");
        assertThat(heard.get(1)).contains("alpha was heard of");
    }

    @Test
    void anOperatorWithoutTrustIsToldWhatToDo() throws Exception {
        Path without = configure(directory.resolve("nothing"));
        for (String command : List.of("list", "status", "watch")) {
            Result result = caravan(without, command);
            assertThat(result.exitCode()).isEqualTo(CommandFailed.ENVIRONMENT);
            assertThat(result.err()).contains("caravan.trust is", "no answer could be verified", "Copy");
        }
    }

    @Test
    void anEmbeddingFlowTakesVerifiedEventsOnly() throws Exception {
        List<String> taken = new CopyOnWriteArrayList<>();
        List<String> refused = new CopyOnWriteArrayList<>();
        try (CamelContext flow = new DefaultCamelContext();
                BrokerClient client = BrokerClient.from(login("operator"))) {
            flow.addComponent("jms", BrokerComponent.of(client));
            flow.addRoutes(new VerifyEventRoute(speakers.trust()));
            flow.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    onException(dev.caravan.event.EventUnverified.class).handled(true)
                            .process(exchange -> refused.add(exchange
                                    .getProperty(org.apache.camel.Exchange.EXCEPTION_CAUGHT, Exception.class)
                                    .getMessage()));
                    from("jms:topic:" + Addresses.EVENTS).routeId("hear")
                            .to("direct:verify-event")
                            .process(exchange -> taken
                                    .add(exchange.getProperty(VerifyEventRoute.SPEAKER, String.class)));
                }
            });
            flow.start();
            MigrationRequest request = request();
            Awaitility.await().atMost(PATIENCE).until(() -> {
                forge("alpha", MigrationEvents.ENDED, request.id(), report(request, "completed"));
                return !refused.isEmpty();
            });
            say(MigrationEvents.ENDED, request.id(), report(request, "completed"));
            Awaitility.await().atMost(PATIENCE).until(() -> !taken.isEmpty());
        }
        assertThat(taken).containsExactly("alpha");
        assertThat(refused).allMatch("it is not signed"::equals);
    }

    @Test
    void whatTravelsBesideAnEventIsItsSignatureAlone() throws Exception {
        EventSigning signing = new EventSigning(() -> KEYS.get("alpha"));
        var exchange = new org.apache.camel.support.DefaultExchange(alpha);
        exchange.getMessage().setBody(new byte[]{1});
        exchange.getMessage().setHeader("caravan_kind", "request");
        signing.process(exchange);
        assertThat(exchange.getMessage().getHeaders()).containsOnlyKeys(CaravanHeaders.SIGNATURE,
                CaravanHeaders.CERTIFICATE, CaravanHeaders.EVENT_KEY);
    }

    private static MigrationRequest request() {
        return new MigrationRequest(UUID.randomUUID(), "web", "alpha", "beta", "stopcopy", Instant.now(),
                Instant.now().plusSeconds(60));
    }

    private static TransitionData transition(MigrationRequest request, String role, String stage) {
        return new TransitionData(request.id(), role, "web", "alpha", "beta", stage, "");
    }

    private static Map<String, Object> report(MigrationRequest request, String outcome) {
        return Map.of("migrationId", request.id(), "source", "alpha", "destination", "beta", "container", "web",
                "outcome", outcome, "reason", "");
    }
}
