package dev.caravan.routes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.activemq.artemis.jms.client.ActiveMQDestination;

/** Another program at the broker: sends whatever it likes, hears events, looks into dead letters. */
public final class ForeignClient implements AutoCloseable {
    private final ActiveMQConnectionFactory factory;
    private final Connection connection;
    private final Session session;
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();

    public ForeignClient(RouteBroker broker, String user) throws JMSException {
        factory = broker.foreign(user);
        connection = factory.createConnection();
        session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        connection.start();
    }

    /** How a message is made. */
    public interface Making {
        Message in(Session session) throws JMSException;
    }

    public static Making bytes(byte[] body) {
        return session -> {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(body);
            return message;
        };
    }

    public ForeignClient hearEvents() throws JMSException {
        Session hearing = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        hearing.createConsumer(hearing.createTopic(Addresses.EVENTS)).setMessageListener(message -> {
            try {
                events.add(new ObjectMapper().readTree(message.getBody(byte[].class)));
            } catch (JMSException | IOException e) {
                throw new IllegalStateException(e);
            }
        });
        return this;
    }

    /** The data of the events of a type so far. */
    public List<JsonNode> events(String type) {
        return events.stream().filter(event -> event.path("type").asText().equals(type))
                .map(event -> event.path("data")).toList();
    }

    public void send(String address, Making making) throws JMSException {
        Destination destination = address.equals(Addresses.QUERIES)
                ? session.createTopic(address)
                : session.createQueue(address);
        try (var producer = session.createProducer(destination)) {
            producer.send(making.in(session));
        }
    }

    /** A queue's name, whether or not there is one. */
    public static Destination queue(String name) {
        return ActiveMQDestination.createDestination(name, ActiveMQDestination.TYPE.QUEUE);
    }

    public static Destination topic(String name) {
        return ActiveMQDestination.createDestination(name, ActiveMQDestination.TYPE.TOPIC);
    }

    /** What lies in a queue. */
    public List<Message> browse(String queue) throws JMSException {
        List<Message> found = new ArrayList<>();
        try (QueueBrowser browser = session.createBrowser(session.createQueue(queue))) {
            for (Enumeration<?> messages = browser.getEnumeration(); messages.hasMoreElements();) {
                found.add((Message) messages.nextElement());
            }
        }
        return found;
    }

    /** The next message of a queue, or null if none comes. */
    public Message take(String queue, long millis) throws JMSException {
        try (var consumer = session.createConsumer(session.createQueue(queue))) {
            return consumer.receive(millis);
        }
    }

    @Override
    public void close() throws JMSException {
        connection.close();
        factory.close();
    }
}
