package dev.caravan.cli;

import dev.caravan.routes.Direct;
import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.TrustStore;
import dev.caravan.broker.BrokerClient;
import dev.caravan.broker.MessageBody;
import dev.caravan.event.EventUnverified;
import dev.caravan.event.EventVerifier;
import dev.caravan.event.SignedEvent;
import dev.caravan.event.VerifiedEvent;
import dev.caravan.query.OperatorQuery;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.BrokerComponent;
import dev.caravan.routes.CaravanHeaders;
import dev.caravan.routes.request.SignRequestRoute;
import dev.caravan.wire.ClockDifference;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An operator's connection to the broker: signs and sends requests and queries, hears events. */
final class OperatorClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorClient.class);
    private static final Duration TIME_ANSWER = Duration.ofSeconds(2);

    private final BrokerClient broker;
    private final CamelContext context = new DefaultCamelContext();
    private final ProducerTemplate producer;
    private final EventVerifier verifier;
    private Connection events;
    private final Consumer<String> warnings;
    private final Map<String, ClockDifference> clocks = new ConcurrentHashMap<>();
    private final List<Consumer<HeardEvent>> listeners = new CopyOnWriteArrayList<>();

    /** @param warnings told what a person should see to */
    OperatorClient(OperatorConfiguration configuration, Consumer<String> warnings) {
        this.warnings = warnings;
        TrustStore trusted = configuration.trusted();
        try {
            broker = BrokerClient.from(configuration.properties());
            new OperatorTrust(trusted, broker).refresh();
            verifier = new EventVerifier(trusted);
            context.disableJMX();
            context.addComponent("jms", BrokerComponent.of(broker));
            context.addRoutes(new SignRequestRoute(configuration.key(), configuration.certificate()));
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from(Direct.SEND_REQUEST).to(Direct.SIGN_REQUEST).to("jms:queue:" + Addresses.REQUESTS);
                    from(Direct.SEND_ADMISSION).to(Direct.SIGN_REQUEST)
                            .to("jms:queue:" + Addresses.AUTHORITY);
                    from(Direct.SEND_QUERY).to(Direct.SIGN_REQUEST)
                            .to("jms:topic:" + Addresses.QUERIES + "?deliveryPersistent=false");
                }
            });
            context.start();
            subscribe();
        } catch (Exception e) {
            throw new CommandFailed(CommandFailed.ENVIRONMENT, "cannot talk to the broker at "
                    + configuration.properties().getProperty("caravan.broker.url") + ": " + rootMessage(e)
                    + ". Is it running ('caravan lab status', 'caravan broker')? Nothing has been moved.");
        }
        producer = context.createProducerTemplate();
    }

    /** Not a route: whoever asks must be sure to hear the answer, so the subscription must stand before. */
    private void subscribe() throws JMSException {
        events = broker.connectionFactory().createConnection();
        Session session = events.createSession(false, Session.AUTO_ACKNOWLEDGE);
        session.createConsumer(session.createTopic(Addresses.EVENTS)).setMessageListener(this::heard);
        events.start();
    }

    private void heard(Message message) {
        try {
            HeardEvent event = verified(message);
            if (event != null) {
                listeners.forEach(listener -> listener.accept(event));
            }
        } catch (JMSException e) {
            LOG.warn("an event could not be read and was dropped: {}", e.getMessage());
        }
    }

    /** The event with who signed it, or why nobody answers for it; null if it is none. */
    private HeardEvent verified(Message message) throws JMSException {
        MessageBody body = MessageBody.of(message, EventVerifier.MAX_BYTES);
        if (body.whyNot() != null) {
            LOG.warn("a message on {} {} and was dropped", Addresses.EVENTS, body.whyNot());
            return null;
        }
        try {
            VerifiedEvent event = verifier.verify(new SignedEvent(body.bytes(),
                    message.getStringProperty(CaravanHeaders.SIGNATURE),
                    message.getStringProperty(CaravanHeaders.CERTIFICATE),
                    message.getStringProperty(CaravanHeaders.EVENT_KEY)));
            return new HeardEvent(event.json(), event.speaker(), null);
        } catch (EventUnverified e) {
            return unverified(body.bytes(), e.getMessage());
        }
    }

    private static HeardEvent unverified(byte[] body, String fault) {
        try {
            JsonNode json = WireJson.tree(body);
            return json.isObject() ? new HeardEvent(json, null, fault) : null;
        } catch (MalformedJson e) {
            LOG.debug("what is no event was dropped: {}", e.getMessage());
            return null;
        }
    }

    /** Hears every event from now on. */
    void listen(Consumer<HeardEvent> listener) {
        listeners.add(listener);
    }

    /** Asks for a migration and follows it. */
    MigrationWatch migrate(MigrationRequest request, Consumer<HeardEvent> listener) {
        MigrationWatch watch = MigrationWatch.of(request, listener);
        listen(watch);
        producer.sendBody(Direct.SEND_REQUEST, request.toJson());
        return watch;
    }

    /**
     * Asks agents.
     *
     * @param time how long to wait; a query that names its host returns with that host's first verified answer
     * @throws CommandFailed if nobody answered, or nobody served the query
     */
    Answers ask(OperatorQuery query, Duration time) {
        Answers answers = new Answers(query.id(), query.host());
        listen(answers);
        producer.sendBody(Direct.SEND_QUERY, query.toJson());
        answers.await(time);
        answers.clocks().forEach(this::measured);
        List<String> unserved = answers.unserved();
        if (!unserved.isEmpty() && unserved.size() == answers.verified().size()) {
            throw new CommandFailed(CommandFailed.ENVIRONMENT, String.join("; ", unserved));
        }
        unserved.forEach(warnings);
        return answers;
    }

    private void measured(String host, ClockDifference difference) {
        if (clocks.put(host, difference) == null && difference.isNotable()) {
            warnings.accept(difference.warning(host, "this host"));
        }
    }

    /**
     * What time it is at a host, as far as it differs notably from here: a request's times are judged by its source's clock.
     * A host that does not answer soon is taken to have the time of here; the request waits for it.
     */
    Instant timeAt(String host) {
        if (!clocks.containsKey(host)) {
            try {
                ask(OperatorQuery.of(OperatorQuery.Kind.STATUS, host, UUID.randomUUID()), TIME_ANSWER);
            } catch (CommandFailed e) {
                LOG.debug("the clock of {} is not known: {}", host, e.getMessage());
            }
        }
        ClockDifference known = clocks.get(host);
        return known == null || !known.isNotable() ? Instant.now() : Instant.now().plus(known.ahead());
    }

    /** Has the owner authority admit a platform; returns what it answers. */
    JsonNode admit(EnrolmentRequest admission, Duration time) {
        Answers answers = new Answers(admission.id(), OwnerAuthority.ANSWERS);
        listen(answers);
        producer.sendBody(Direct.SEND_ADMISSION, EnrolmentRequest.toJson(admission));
        return answers.await(time).requireVerified().get(0).data().path("result");
    }

    /** The host on which the container runs, by verified answers alone. */
    String hostOf(String container, Duration time) {
        Answers answers = ask(OperatorQuery.of(OperatorQuery.Kind.LIST, null, null), time);
        List<String> hosts = answers.verified().stream()
                .filter(answer -> StreamSupport.stream(answer.data().path("result").spliterator(), false)
                        .anyMatch(row -> row.path("container").asText().equals(container)
                                && row.path("status").asText().equals("running")))
                .map(HeardEvent::speaker).toList();
        if (hosts.size() == 1) {
            return hosts.get(0);
        }
        String doubts = answers.doubts();
        throw new CommandFailed(hosts.isEmpty() && !doubts.isEmpty() ? CommandFailed.REFUSED : CommandFailed.USAGE,
                hosts.isEmpty()
                        ? "unknown container \"" + container + "\": it runs on none of the hosts whose answers were"
                                + " verified; 'caravan list' shows all" + (doubts.isEmpty() ? "" : ". " + doubts)
                        : container + " runs on several hosts (" + String.join(", ", hosts) + "); choose with --from");
    }

    /** The deepest cause's message: what the network or the broker said. */
    private static String rootMessage(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    @Override
    public void close() {
        context.stop();
        broker.close();
    }
}
