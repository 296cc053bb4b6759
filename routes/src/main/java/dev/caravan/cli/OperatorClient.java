package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.broker.BrokerClient;
import dev.caravan.broker.MessageBody;
import dev.caravan.event.MigrationEvents;
import dev.caravan.query.OperatorQuery;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.Addresses;
import dev.caravan.routes.request.SignRequestRoute;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import dev.caravan.routes.BrokerComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An operator's connection to the broker: signs and sends requests and queries, hears events. */
final class OperatorClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorClient.class);

    private final BrokerClient broker;
    private final CamelContext context = new DefaultCamelContext();
    private final ProducerTemplate producer;
    private Connection events;
    private final List<Consumer<JsonNode>> listeners = new CopyOnWriteArrayList<>();

    OperatorClient(OperatorConfiguration configuration) {
        try {
            broker = BrokerClient.from(configuration.properties());
            context.disableJMX();
            context.addComponent("jms", BrokerComponent.of(broker));
            context.addRoutes(new SignRequestRoute(configuration.key(), configuration.certificate()));
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:send-request").to("direct:sign-request").to("jms:queue:" + Addresses.REQUESTS);
                    from("direct:send-admission").to("direct:sign-request")
                            .to("jms:queue:" + Addresses.AUTHORITY);
                    from("direct:send-query").to("direct:sign-request")
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
            MessageBody body = MessageBody.of(message, BrokerComponent.MAX_EVENT_BYTES);
            if (body.whyNot() != null) {
                LOG.warn("an event was dropped: it {}", body.whyNot());
                return;
            }
            JsonNode json = WireJson.tree(body.bytes());
            listeners.forEach(listener -> listener.accept(json));
        } catch (JMSException | MalformedJson e) {
            LOG.warn("an event that is none was dropped: {}", e.getMessage());
        }
    }

    /** Hears every event from now on. */
    void listen(Consumer<JsonNode> listener) {
        listeners.add(listener);
    }

    /** Asks for a migration and follows it. */
    MigrationWatch migrate(MigrationRequest request, Consumer<JsonNode> listener) {
        MigrationWatch watch = new MigrationWatch(request.id(), listener);
        listen(watch);
        producer.sendBody("direct:send-request", request.toJson());
        return watch;
    }

    /**
     * Asks agents.
     *
     * @param time how long to wait; a query that names its host returns with the first answer
     * @return the reply of each agent that answered in time
     */
    List<JsonNode> ask(OperatorQuery query, Duration time) {
        LinkedBlockingQueue<JsonNode> answers = repliesTo(query.id());
        producer.sendBody("direct:send-query", query.toJson());
        List<JsonNode> replies = new CopyOnWriteArrayList<>();
        long deadline = System.nanoTime() + time.toNanos();
        try {
            for (long left = time.toNanos(); left > 0; left = deadline - System.nanoTime()) {
                // once somebody has answered, the others on the same broker are not far
                long patience = replies.isEmpty() ? left : Math.min(left, Duration.ofMillis(700).toNanos());
                JsonNode answer = answers.poll(patience, TimeUnit.NANOSECONDS);
                if (answer == null) {
                    break;
                }
                replies.add(answer);
                if (query.host() != null) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (replies.isEmpty()) {
            throw new CommandFailed(CommandFailed.ENVIRONMENT,
                    (query.host() == null ? "no agent" : query.host() + " did not")
                            + (query.host() == null ? " answered" : " answer") + " within " + time.toSeconds()
                            + " s: is its agent running and connected to the broker?");
        }
        return replies;
    }

    /** Has the owner authority admit a platform; returns what it answers. */
    JsonNode admit(EnrolmentRequest admission, Duration time) {
        LinkedBlockingQueue<JsonNode> answers = repliesTo(admission.id());
        producer.sendBody("direct:send-admission", EnrolmentRequest.toJson(admission));
        try {
            JsonNode answer = answers.poll(time.toMillis(), TimeUnit.MILLISECONDS);
            if (answer != null) {
                return answer.path("result");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new CommandFailed(CommandFailed.ENVIRONMENT, "the authorities did not answer within " + time.toSeconds()
                + " s: are they running ('caravan authority'), and was this operator certified by them?");
    }

    private LinkedBlockingQueue<JsonNode> repliesTo(UUID query) {
        LinkedBlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
        listen(event -> {
            if (event.path("type").asText().equals(MigrationEvents.REPLY)
                    && event.path("data").path("queryId").asText().equals(query.toString())) {
                answers.add(event.path("data"));
            }
        });
        return answers;
    }

    /** The host on which the container runs. */
    String hostOf(String container, Duration time) {
        List<String> hosts = ask(OperatorQuery.of(OperatorQuery.Kind.LIST, null, null), time).stream()
                .flatMap(reply -> java.util.stream.StreamSupport.stream(reply.path("result").spliterator(), false))
                .filter(row -> row.path("container").asText().equals(container)
                        && row.path("status").asText().equals("running"))
                .map(row -> row.path("host").asText()).toList();
        if (hosts.size() == 1) {
            return hosts.get(0);
        }
        throw new CommandFailed(CommandFailed.USAGE,
                hosts.isEmpty()
                        ? "unknown container \"" + container
                                + "\": it runs on none of the hosts that answered; 'caravan list' shows all"
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
