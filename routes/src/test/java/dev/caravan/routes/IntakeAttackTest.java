package dev.caravan.routes;

import static dev.caravan.routes.ForeignClient.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.authority.CertificateAuthority;
import dev.caravan.authority.EventKey;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.Pem;
import dev.caravan.authority.TrustStore;
import dev.caravan.broker.BrokerClient;
import dev.caravan.broker.MessageBody;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.event.MigrationEvents;
import dev.caravan.host.Discrepancies;
import dev.caravan.journal.Journal;
import dev.caravan.migration.Migrations;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.ForeignClient.Making;
import dev.caravan.routes.event.EventSigning;
import dev.caravan.routes.request.VerifyRequestRoute;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import dev.caravan.wire.Excerpt;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages that other programs put on the queues of alpha's agent: the real routes at a real broker. */
class IntakeAttackTest {
    private static final String LETTERS = "DLQ.caravan.requests";
    private static final String ALPHA_CONTROL = "caravan.agent.alpha.control";
    private static final String BETA_CONTROL = "caravan.agent.beta.control";
    /** A container at which the runtime fails as nobody expects. */
    private static final String BROKEN = "broken";
    private static final long NOTHING_MILLIS = 300;

    @TempDir
    static Path directory;
    private static RouteBroker broker;
    private static BrokerClient client;
    private static CamelContext context;
    private static Journal journal;
    private static PrivateKey key;
    private static X509Certificate certificate;
    private static final AtomicInteger FAILURES = new AtomicInteger();

    private ForeignClient operator;
    private QuietLog log;

    @BeforeAll
    static void startAlpha() throws Exception {
        broker = new RouteBroker(directory);
        client = broker.client("agent-alpha");
        CertificateAuthority owner = new CertificateAuthority(directory.resolve("owner"), "Test owner");
        CertificateAuthority hardware = new CertificateAuthority(directory.resolve("hardware"), "Test hardware");
        Path keys = Files.createDirectory(directory.resolve("operator"));
        certificate = new OwnerAuthority(owner).issueOperator("alice", keys);
        key = Pem.privateKey(keys.resolve("operator-key.pem"));
        TrustStore trust = new TrustStore(directory.resolve("trust"));
        trust.update(hardware.certificate(), hardware.crl(), owner.certificate(), owner.crl());

        context = new DefaultCamelContext();
        context.addComponent("jms", BrokerComponent.of(client));
        journal = new Journal(directory.resolve("journal.db"));
        Platform platform = new Platform("alpha", directory, directory, null, "/test", new Migrations(journal),
                runtime(), null);
        Mailboxes mailboxes = new Mailboxes(context);
        MigrationEvents events = new MigrationEvents("alpha");
        Attesting attesting = new Attesting(platform, null, null);
        context.addRoutes(new EventRoute(events));
        context.addRoutes(new EventTopicRoute(new EventSigning(() -> new EventKey(key, certificate, null))));
        context.addRoutes(new VerifyRequestRoute(trust));
        context.addRoutes(new RequestRoute(platform, mailboxes, events, new Discrepancies()));
        RememberedMigrations remembered = new RememberedMigrations(platform, new Cleanup(platform));
        context.addRoutes(new QueryRoute(platform,
                new OperatorOrders(platform.migrations(), mailboxes, remembered, new Discrepancies()), attesting,
                events,
                new Discrepancies()));
        context.addRoutes(new OfferedRoute(platform, mailboxes, attesting));
        context.addRoutes(new ControlRoute(platform, mailboxes, remembered, attesting));
        context.addRoutes(new BatchRoute(platform, new dev.caravan.memory.Rehearsal((id, batch) -> {
        })));
        context.addRoutes(new org.apache.camel.builder.RouteBuilder() {
            @Override
            public void configure() {
                from("direct:sign").to("log:sign");
                from("direct:quote").to("log:quote");
            }
        });
        context.start();
    }

    /** Has no container, and fails by a fault of its own when it is asked for one name. */
    private static ContainerRuntime runtime() {
        return (ContainerRuntime) Proxy.newProxyInstance(IntakeAttackTest.class.getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("containers")) {
                        return List.of();
                    }
                    if (BROKEN.equals(arguments[0])) {
                        FAILURES.incrementAndGet();
                        throw new IllegalStateException("nobody expected\nforged line");
                    }
                    return new ContainerState((String) arguments[0], ContainerState.Status.ABSENT, 0, null);
                });
    }

    @AfterAll
    static void stop() throws Exception {
        context.stop();
        client.close();
        journal.close();
        broker.close();
    }

    @BeforeEach
    void listen() throws Exception {
        operator = new ForeignClient(broker, "operator").hearEvents();
        log = new QuietLog();
    }

    @AfterEach
    void thatWasAll() throws Exception {
        log.assertQuiet();
        log.close();
        operator.close();
    }

    private static byte[] request(UUID id, String container, String source) {
        return new MigrationRequest(id, container, source, "gamma", "stopcopy", Instant.now(),
                Instant.now().plusSeconds(100)).toJson();
    }

    private static Making signed(byte[] body, Making making) {
        return session -> {
            Message message = making.in(session);
            try {
                Signature signer = Signature.getInstance("SHA256withECDSA");
                signer.initSign(key);
                signer.update(body);
                message.setStringProperty(CaravanHeaders.SIGNATURE,
                        Base64.getEncoder().encodeToString(signer.sign()));
                message.setStringProperty(CaravanHeaders.CERTIFICATE,
                        Base64.getEncoder().encodeToString(certificate.getEncoded()));
            } catch (java.security.GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
            return message;
        };
    }

    private static Making signed(byte[] body) {
        return signed(body, bytes(body));
    }

    private static Making with(Making making, String property, Object value) {
        return session -> {
            Message message = making.in(session);
            message.setObjectProperty(property, value);
            return message;
        };
    }

    /** Sends a request that is refused; returns the data of its one event, after its one dead letter is there too. */
    private JsonNode refused(Making making) throws JMSException {
        int before = operator.events(MigrationEvents.REJECTED).size();
        int kept = operator.browse(LETTERS).size();
        operator.send(Addresses.REQUESTS, making);
        await().until(() -> operator.events(MigrationEvents.REJECTED).size() > before);
        // whatever came of the first has come before this one is refused
        UUID next = UUID.randomUUID();
        operator.send(Addresses.REQUESTS, signed(request(next, "nobody", "alpha")));
        await().until(() -> operator.events(MigrationEvents.REJECTED).stream()
                .anyMatch(event -> event.path("migrationId").asText().equals(next.toString())));
        assertThat(operator.events(MigrationEvents.REJECTED)).hasSize(before + 2);
        List<Message> now = operator.browse(LETTERS);
        assertThat(now).hasSize(kept + 2);
        JsonNode event = operator.events(MigrationEvents.REJECTED).get(before);
        assertThat(now.get(kept).getStringProperty(CaravanHeaders.REASON)).isEqualTo(event.path("reason").asText())
                .hasSizeLessThanOrEqualTo(Excerpt.REASON);
        return event;
    }

    private Message lastLetterButOne() throws JMSException {
        List<Message> now = operator.browse(LETTERS);
        return now.get(now.size() - 2);
    }

    @Test
    void everyFormButBytesAndTextIsRefusedUnread() throws Exception {
        assertThat(refused(session -> session.createObjectMessage((Serializable) List.of("object")))
                .path("reason").asText()).contains("the request is an ObjectMessage");
        assertThat(refused(session -> {
            var map = session.createMapMessage();
            map.setString("id", "x");
            return map;
        }).path("reason").asText()).contains("the request is a MapMessage");
        assertThat(refused(session -> {
            var stream = session.createStreamMessage();
            stream.writeString("x");
            return stream;
        }).path("reason").asText()).contains("the request is a StreamMessage");
        assertThat(refused(jakarta.jms.Session::createMessage).path("reason").asText()).contains("without a body");
    }

    @Test
    void bytesAndTextAreTakenAlike() throws Exception {
        for (boolean text : new boolean[]{false, true}) {
            UUID id = UUID.randomUUID();
            byte[] body = request(id, "nobody", "alpha");
            JsonNode event = refused(signed(body, text
                    ? session -> session.createTextMessage(new String(body, StandardCharsets.UTF_8))
                    : bytes(body)));
            assertThat(event.path("error").asText()).isEqualTo("unknown-container");
            assertThat(event.path("migrationId").asText()).isEqualTo(id.toString());
        }
    }

    @Test
    void whateverIsWrittenInARequestItsSenderHearsWhyOnce() throws Exception {
        String good = new String(request(UUID.randomUUID(), "web", "alpha"), StandardCharsets.UTF_8);
        String keys = IntStream.range(0, 1500).mapToObj(i -> "\"" + i + "\":1").collect(Collectors.joining(","));
        for (String body : List.of("{\"id\":7", "", "null", "{" + keys + "}", good + "{}",
                good.replaceFirst("\"issuedAt\":\"[^\"]*\"", "\"issuedAt\":\"\""),
                good.replace("\"web\"", "\"web\\n\""), good.replace("\"web\"", "null"),
                good.replace("\"alpha\"", "\"alpha\\n\""), good.replace("\"web\"", "\"<img src=x>\""))) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            assertThat(refused(signed(bytes)).path("error").asText()).as(body).isEqualTo("bad-request");
        }
        assertThat(refused(signed(good.getBytes(StandardCharsets.UTF_16))).path("error").asText())
                .isEqualTo("bad-request");
    }

    @Test
    void theAnswerHasTheIdentityAsItWasSent() throws Exception {
        UUID id = UUID.randomUUID();
        String upper = id.toString().toUpperCase(Locale.ROOT);
        byte[] body = new String(request(id, "web", "alpha"), StandardCharsets.UTF_8).replace(id.toString(), upper)
                .getBytes(StandardCharsets.UTF_8);
        assertThat(refused(signed(body)).path("migrationId").asText()).isEqualTo(upper);
    }

    @Test
    void aSizeOverTheBoundIsSaidAndItsDeadLetterIsShort() throws Exception {
        byte[] body = ("{\"id\":\"big-1\"," + " ".repeat(1_000_000)).getBytes(StandardCharsets.UTF_8);
        JsonNode event = refused(bytes(body));
        assertThat(event.path("reason").asText()).isEqualTo("the request has 1000014 bytes; at most 16384");
        assertThat(event.path("migrationId").asText()).isEqualTo("big-1");
        assertThat(lastLetterButOne().getBody(byte[].class)).hasSize(MessageBody.BEGINNING);
        assertThat(lastLetterButOne().propertyExists("JMSXDeliveryCount")
                ? lastLetterButOne().getIntProperty("JMSXDeliveryCount")
                : 1).isLessThanOrEqualTo(1);
    }

    @Test
    void headersOfAnotherTypeOrLengthAreRefusedByName() throws Exception {
        byte[] body = request(UUID.randomUUID(), "web", "alpha");
        assertThat(refused(with(signed(body), CaravanHeaders.CERTIFICATE, 5)).path("reason").asText())
                .isEqualTo("header caravan_certificate of the request is no text, but \"5\"");
        assertThat(refused(with(signed(body), CaravanHeaders.SIGNATURE, "x".repeat(50_000))).path("reason").asText())
                .isEqualTo("header caravan_signature of the request has 50000 characters; at most 256");
        assertThat(refused(with(bytes(body), "caravan_extra", "x".repeat(40_000))).path("error").asText())
                .isEqualTo("unsigned");
    }

    @Test
    void noHeaderOfAStrangerSteersCamel() throws Exception {
        byte[] body = request(UUID.randomUUID(), "nobody", "alpha");
        Making steering = with(with(with(signed(body), "CamelJmsDestinationName", BETA_CONTROL),
                "CamelJmsDestination", BETA_CONTROL), CaravanHeaders.KIND, CaravanHeaders.REQUEST);
        assertThat(refused(steering).path("error").asText()).isEqualTo("unknown-container");
        assertThat(lastLetterButOne().propertyExists(CaravanHeaders.KIND)).isFalse();
        try (ForeignClient beta = new ForeignClient(broker, "agent-beta")) {
            assertThat(beta.take(BETA_CONTROL, NOTHING_MILLIS)).isNull();
        }
    }

    @Test
    void aReplyToIsIgnored() throws Exception {
        for (jakarta.jms.Destination replyTo : List.of(ForeignClient.queue(BETA_CONTROL),
                ForeignClient.topic(Addresses.EVENTS), ForeignClient.queue("my.replies"))) {
            Making there = session -> {
                Message message = signed(request(UUID.randomUUID(), "web", "nowhere")).in(session);
                message.setJMSReplyTo(replyTo);
                return message;
            };
            JsonNode event = refused(there);
            assertThat(event.path("error").asText()).isEqualTo("unknown-host");
            assertThat(event.path("reason").asText()).contains("source is \"nowhere\"");
        }
        try (ForeignClient beta = new ForeignClient(broker, "agent-beta")) {
            assertThat(beta.take(BETA_CONTROL, NOTHING_MILLIS)).isNull();
        }
        assertThat(operator.events(MigrationEvents.REJECTED)).hasSize(6);
    }

    @Test
    void aForwardedRequestAsksForNoReplyEither() throws Exception {
        byte[] body = request(UUID.randomUUID(), "web", "beta");
        operator.send(Addresses.REQUESTS, session -> {
            Message message = signed(body).in(session);
            message.setJMSReplyTo(ForeignClient.queue("my.replies"));
            message.setJMSCorrelationID("mine");
            message.setStringProperty("caravan_extra", "x");
            return message;
        });
        try (ForeignClient beta = new ForeignClient(broker, "agent-beta")) {
            Message forwarded = beta.take(BETA_CONTROL, 20_000);
            assertThat(forwarded).isNotNull();
            assertThat(forwarded.getBody(byte[].class)).isEqualTo(body);
            assertThat(forwarded.getJMSReplyTo()).isNull();
            assertThat(forwarded.getJMSCorrelationID()).isNull();
            assertThat(forwarded.getStringProperty(CaravanHeaders.KIND)).isEqualTo(CaravanHeaders.REQUEST);
            assertThat(forwarded.propertyExists("caravan_extra")).isFalse();
        }
    }

    @Test
    void aFaultThatNobodyExpectedIsTriedAFewTimesAndThenSaid() throws Exception {
        FAILURES.set(0);
        JsonNode event;
        int kept = operator.browse(LETTERS).size();
        byte[] body = request(UUID.randomUUID(), BROKEN, "alpha");
        operator.send(Addresses.REQUESTS, signed(body));
        await().until(() -> operator.events(MigrationEvents.REJECTED).size() == 1);
        event = operator.events(MigrationEvents.REJECTED).get(0);
        assertThat(event.path("error").asText()).isEqualTo("failed");
        assertThat(event.path("reason").asText()).isEqualTo("nobody expected?forged line");
        assertThat(FAILURES.get()).isEqualTo(3);
        assertThat(operator.browse(LETTERS)).hasSize(kept + 1);

        // given up is given up, also when the fault has passed
        operator.send(Addresses.REQUESTS, signed(body));
        await().until(() -> operator.events(MigrationEvents.REJECTED).size() == 2);
        assertThat(operator.events(MigrationEvents.REJECTED).get(1).path("error").asText()).isEqualTo("repeated");
        assertThat(FAILURES.get()).isEqualTo(3);
    }

    @Test
    void whateverComesToTheControlQueueIsOneDeadLetter() throws Exception {
        try (ForeignClient beta = new ForeignClient(broker, "agent-beta")) {
            int kept = operator.browse("DLQ." + ALPHA_CONTROL).size();
            for (Making making : List.<Making>of(
                    session -> session.createObjectMessage((Serializable) List.of("object")),
                    jakarta.jms.Session::createMapMessage, bytes(new byte[300_000]), bytes(new byte[0]),
                    with(bytes("{}".getBytes(StandardCharsets.UTF_8)), CaravanHeaders.SIGNATURE, 7),
                    session -> session.createTextMessage("{\"type\":\"held\",\"body\":null}"))) {
                beta.send(ALPHA_CONTROL, session -> {
                    Message message = making.in(session);
                    message.setJMSReplyTo(ForeignClient.queue("my.replies"));
                    return message;
                });
            }
            await().until(() -> operator.browse("DLQ." + ALPHA_CONTROL).size() == kept + 6);
            assertThat(operator.browse("DLQ." + ALPHA_CONTROL)).allMatch(letter -> has(letter, CaravanHeaders.REASON));
        }
    }

    @Test
    void whatIsNoBatchIsOneDeadLetterAndTheNextIsTaken() throws Exception {
        String batches = Addresses.batches("alpha");
        try (ForeignClient beta = new ForeignClient(broker, "agent-beta")) {
            int kept = operator.browse("DLQ." + batches).size();
            beta.send(batches, session -> session.createObjectMessage((Serializable) List.of("object")));
            beta.send(batches, bytes(new byte[1_900_000]));
            beta.send(batches, bytes(new byte[10]));
            await().until(() -> operator.browse("DLQ." + batches).size() == kept + 2);
            assertThat(operator.browse("DLQ." + batches)).allMatch(letter -> has(letter, CaravanHeaders.REASON));
        }
    }

    @Test
    void queriesOfAnyFormEndNothing() throws Exception {
        operator.send(Addresses.QUERIES, session -> session.createObjectMessage((Serializable) List.of("object")));
        operator.send(Addresses.QUERIES, bytes(new byte[1_000_000]));
        operator.send(Addresses.QUERIES, signed("{\"kind\":null}".getBytes(StandardCharsets.UTF_8)));
        UUID id = UUID.randomUUID();
        byte[] query = new dev.caravan.query.OperatorQuery(id, dev.caravan.query.OperatorQuery.Kind.LIST, null, null,
                null, null, Instant.now().plusSeconds(60)).toJson();
        operator.send(Addresses.QUERIES, session -> {
            Message message = signed(query).in(session);
            message.setJMSReplyTo(ForeignClient.queue("my.replies"));
            return message;
        });
        await().until(() -> operator.events(MigrationEvents.REPLY).stream()
                .anyMatch(reply -> reply.path("queryId").asText().equals(id.toString())));
    }

    private static boolean has(Message letter, String header) {
        try {
            String text = letter.getStringProperty(header);
            return text != null && !text.isBlank() && text.length() <= Excerpt.REASON;
        } catch (JMSException e) {
            throw new IllegalStateException(e);
        }
    }
}
