package dev.caravan.routes;

import dev.caravan.broker.MessageBody;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.component.jms.JmsBinding;
import org.apache.camel.component.jms.JmsEndpoint;

/**
 * Takes out of a JMS message only what {@link Intake} looks at: a body of bytes or text up to a size, else a
 * {@link MessageBody} that says why not; and the headers of {@link CaravanHeaders}. Camel's own binding deserialises
 * objects and takes its own headers from whoever sends them.
 */
final class StrictBinding extends JmsBinding {
    private final int maxBytes;

    StrictBinding(JmsEndpoint endpoint, int maxBytes) {
        super(endpoint);
        this.maxBytes = maxBytes;
    }

    @Override
    public Object extractBodyFromJms(Exchange exchange, Message message) {
        try {
            MessageBody body = MessageBody.of(message, maxBytes);
            return body.whyNot() == null ? body.bytes() : body;
        } catch (JMSException e) {
            throw new RuntimeCamelException("the message's body cannot be read", e);
        }
    }

    @Override
    public Map<String, Object> extractHeadersFromJms(Message message, Exchange exchange) {
        Map<String, Object> headers = new HashMap<>();
        try {
            for (String name : CaravanHeaders.TAKEN.keySet()) {
                Object value = message.getObjectProperty(name);
                if (value != null) {
                    headers.put(name, value);
                }
            }
        } catch (JMSException e) {
            throw new RuntimeCamelException("the message's headers cannot be read", e);
        }
        return headers;
    }
}
