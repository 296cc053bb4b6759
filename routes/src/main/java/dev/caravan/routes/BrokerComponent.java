package dev.caravan.routes;

import dev.caravan.broker.BrokerClient;
import org.apache.activemq.artemis.jms.client.ActiveMQDestination;
import org.apache.camel.component.jms.JmsComponent;

/** The {@code jms:} component on the broker. */
public final class BrokerComponent {
    private BrokerComponent() {
    }

    /** A component that uses the client's pooled connections. */
    public static JmsComponent of(BrokerClient broker) {
        JmsComponent component = JmsComponent.jmsComponent(broker.connectionFactory());
        // a session would ask the broker about the queue before each message: a round trip a batch. A producer for a
        // queue that does not exist is refused all the same.
        component.getConfiguration()
                .setDestinationResolver((session, name, topic) -> ActiveMQDestination.createDestination(name,
                        topic ? ActiveMQDestination.TYPE.TOPIC : ActiveMQDestination.TYPE.QUEUE));
        return component;
    }
}
