package dev.caravan.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.authority.Pem;
import dev.caravan.broker.BrokerClient;
import dev.caravan.event.MigrationEvents;
import dev.caravan.query.OperatorQuery;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.CaravanHeaders;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;

/** An operator who talks to the broker by JMS alone, as other programs do: hears events, and may send anything. */
final class OperatorMailbox implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration ANSWER = Duration.ofSeconds(3);

    private final BrokerClient broker;
    private final Connection connection;
    private final Session sending;
    private final List<JsonNode> heard = new CopyOnWriteArrayList<>();
    private final PrivateKey key;
    private final X509Certificate certificate;

    OperatorMailbox(TestLab lab) throws JMSException, IOException {
        this(lab, event -> {
        });
    }

    /** @param listener is told of each event on the thread that delivers it */
    OperatorMailbox(TestLab lab, Consumer<JsonNode> listener) throws JMSException, IOException {
        key = Pem.privateKey(Path.of(lab.operator().getProperty("caravan.operator.key")));
        certificate = Pem.certificate(Path.of(lab.operator().getProperty("caravan.operator.certificate")));
        broker = lab.broker();
        connection = broker.connectionFactory().createConnection();
        sending = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Session hearing = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        hearing.createConsumer(hearing.createTopic(Addresses.EVENTS)).setMessageListener(message -> {
            JsonNode event = read(message);
            heard.add(event);
            listener.accept(event);
        });
        connection.start();
    }

    private static JsonNode read(Message message) {
        try {
            return new ObjectMapper().readTree(message.getBody(byte[].class));
        } catch (JMSException | IOException e) {
            throw new IllegalStateException("an event that is none", e);
        }
    }

    /** A request that may be started from now on. */
    static MigrationRequest request(String container, String source, String destination) {
        return new MigrationRequest(UUID.randomUUID(), container, source, destination, "stopcopy", Instant.now(),
                Instant.now().plus(MigrationRequest.DEFAULT_LIFETIME));
    }

    /** Sends a request as this operator. */
    void send(MigrationRequest request) throws JMSException, GeneralSecurityException {
        send(request.toJson(), signed(request.toJson()));
    }

    /** Asks all agents, as this operator. */
    void ask(OperatorQuery query) throws JMSException, GeneralSecurityException {
        send(sending.createTopic(Addresses.QUERIES), query.toJson(), signed(query.toJson()));
    }

    /** What the journals of so many hosts have of a migration, as the hosts answer; fewer rows where it is not known. */
    List<JsonNode> status(UUID migration, int hosts) throws JMSException, GeneralSecurityException {
        OperatorQuery query = OperatorQuery.of(OperatorQuery.Kind.STATUS, null, migration);
        ask(query);
        Predicate<JsonNode> answers = data -> data.path("queryId").asText().equals(query.id().toString());
        Awaitility.await().atMost(ANSWER).until(() -> all(MigrationEvents.REPLY, answers).size() == hosts);
        return all(MigrationEvents.REPLY, answers).stream()
                .flatMap(data -> StreamSupport.stream(data.path("result").spliterator(), false)).toList();
    }

    /** Sends any bytes with any headers as a request. */
    void send(byte[] body, Map<String, String> headers) throws JMSException {
        send(sending.createQueue(Addresses.REQUESTS), body, headers);
    }

    private void send(Destination destination, byte[] body, Map<String, String> headers) throws JMSException {
        BytesMessage message = sending.createBytesMessage();
        message.writeBytes(body);
        for (Map.Entry<String, String> header : headers.entrySet()) {
            message.setStringProperty(header.getKey(), header.getValue());
        }
        try (var producer = sending.createProducer(destination)) {
            producer.send(message);
        }
    }

    /** The headers that make {@code body} a message of this operator. */
    Map<String, String> signed(byte[] body) throws GeneralSecurityException {
        return signed(body, key, certificate);
    }

    static Map<String, String> signed(byte[] body, PrivateKey key, X509Certificate certificate)
            throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(body);
        return Map.of(CaravanHeaders.SIGNATURE, Base64.getEncoder().encodeToString(signature.sign()),
                CaravanHeaders.CERTIFICATE, Base64.getEncoder().encodeToString(certificate.getEncoded()));
    }

    /** Waits until a request is among the dead letters, and returns the reason that it carries. */
    String deadLetterReason(MigrationRequest request) throws JMSException {
        String queue = Addresses.deadLetters(Addresses.REQUESTS);
        Awaitility.await().atMost(PATIENCE).until(() -> deadLetter(queue, request) != null);
        return deadLetter(queue, request).getStringProperty(CaravanHeaders.REASON);
    }

    private Message deadLetter(String queue, MigrationRequest request) throws JMSException {
        try (QueueBrowser browser = sending.createBrowser(sending.createQueue(queue))) {
            for (Enumeration<?> letters = browser.getEnumeration(); letters.hasMoreElements();) {
                Message letter = (Message) letters.nextElement();
                if (Arrays.equals(letter.getBody(byte[].class), request.toJson())) {
                    return letter;
                }
            }
            return null;
        }
    }

    X509Certificate certificate() {
        return certificate;
    }

    /** Waits for an event of that type and returns its data. */
    JsonNode await(String type, Predicate<JsonNode> data) {
        Awaitility.await().atMost(PATIENCE).until(() -> !all(type, data).isEmpty());
        return all(type, data).get(0);
    }

    /** The data of the events of that type so far. */
    List<JsonNode> all(String type, Predicate<JsonNode> data) {
        return heard.stream().filter(event -> event.path("type").asText().equals(type))
                .map(event -> event.path("data")).filter(data).toList();
    }

    @Override
    public void close() throws JMSException {
        connection.close();
        broker.close();
    }
}
