package dev.caravan.routes;

import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.broker.BrokerClient;
import dev.caravan.control.ControlCodec;
import dev.caravan.event.EventVerifier;
import dev.caravan.query.OperatorQuery;
import dev.caravan.request.MigrationRequest;
import dev.caravan.stream.BatchHeader;
import java.util.Map;
import org.apache.activemq.artemis.jms.client.ActiveMQDestination;
import org.apache.camel.Endpoint;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.component.jms.JmsEndpoint;
import org.apache.camel.spi.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code jms:} component on the broker, the same for all programs of Caravan. What a stranger may put into a message
 * steers nothing: its form and size are judged by {@link StrictBinding}, its {@code JMSReplyTo} is ignored, and of its
 * headers only those of {@link CaravanHeaders} reach a route.
 */
@Component("jms")
public final class BrokerComponent extends JmsComponent {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerComponent.class);

    private BrokerComponent() {
    }

    /** A component that uses the client's pooled connections. */
    public static BrokerComponent of(BrokerClient broker) {
        BrokerComponent component = new BrokerComponent();
        component.setConnectionFactory(broker.connectionFactory());
        // a session would ask the broker about the queue before each message: a round trip a batch. A producer for a
        // queue that does not exist is refused all the same.
        component.getConfiguration()
                .setDestinationResolver((session, name, topic) -> ActiveMQDestination.createDestination(name,
                        topic ? ActiveMQDestination.TYPE.TOPIC : ActiveMQDestination.TYPE.QUEUE));
        component.setDisableReplyTo(true);
        component.setAlwaysCopyMessage(true);
        component.setErrorHandler(failure -> LOG.warn("a message stays with the broker: {}", Intake.reason(failure)));
        return component;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        JmsEndpoint endpoint = (JmsEndpoint) super.createEndpoint(uri, remaining, parameters);
        endpoint.setBinding(new StrictBinding(endpoint, maxBytes(endpoint.getDestinationName())));
        return endpoint;
    }

    /** How long a message may be that is taken from {@code address}, or that answers one sent there; in bytes. */
    private static int maxBytes(String address) {
        return switch (address) {
            case Addresses.REQUESTS -> MigrationRequest.MAX_BYTES;
            case Addresses.QUERIES -> OperatorQuery.MAX_BYTES;
            case Addresses.AUTHORITY -> EnrolmentRequest.MAX_BYTES;
            case Addresses.EVENTS -> EventVerifier.MAX_BYTES;
            default -> address.endsWith(Addresses.BATCHES) ? BatchHeader.MAX_WIRE : ControlCodec.MAX_BYTES;
        };
    }
}
