package dev.caravan.broker;

import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.activemq.artemis.core.client.impl.ClientLargeMessageInternal;
import org.apache.activemq.artemis.jms.client.ActiveMQMessage;

/**
 * What a message carries, taken out only if it may be: a BytesMessage or a TextMessage (as UTF-8) of a bounded size. Of
 * any other only the beginning is read, for the dead letters.
 *
 * @param bytes  the whole body; or, if it is refused, at most {@value #BEGINNING} bytes of its beginning
 * @param whyNot why the body is refused, as the rest of a sentence: {@code has 300000000 bytes; at most 16384}; else null
 */
public record MessageBody(byte[] bytes, String whyNot) {
    /** Of a message that is refused unread so many bytes are kept. */
    public static final int BEGINNING = 1024;

    /**
     * Takes the body out of a message from a {@link BrokerClient}.
     *
     * @param max bytes that the body may have; the message itself tells its size before it is read
     */
    public static MessageBody of(Message message, int max) throws JMSException {
        String unread = message.getStringProperty(MessageForms.UNREAD);
        if (message instanceof BytesMessage bytes) {
            long size = bytes.getBodyLength();
            if (size > max && (unread == null || unread.equals(MessageForms.PARTS))) {
                return new MessageBody(beginning(bytes, size), "has " + size + " bytes; at most " + max);
            }
            if (unread != null) {
                return new MessageBody(beginning(bytes, size),
                        "is " + unread + "; a BytesMessage or a TextMessage is needed, not compressed");
            }
            byte[] body = new byte[(int) size];
            bytes.readBytes(body);
            return new MessageBody(body, null);
        }
        if (message instanceof TextMessage text) {
            byte[] body = text.getText() == null ? new byte[0] : text.getText().getBytes(StandardCharsets.UTF_8);
            return body.length <= max
                    ? new MessageBody(body, null)
                    : new MessageBody(Arrays.copyOf(body, Math.min(BEGINNING, body.length)),
                            "has " + body.length + " bytes; at most " + max);
        }
        return new MessageBody(new byte[0], "is neither a BytesMessage nor a TextMessage");
    }

    /** A body that comes in parts is read by parts: asking the message itself would fetch all of it. */
    private static byte[] beginning(BytesMessage message, long size) throws JMSException {
        byte[] beginning = new byte[(int) Math.min(size, BEGINNING)];
        if (message instanceof ActiveMQMessage artemis
                && artemis.getCoreMessage() instanceof ClientLargeMessageInternal large) {
            large.getLargeMessageController().readBytes(beginning);
        } else {
            message.readBytes(beginning);
        }
        return beginning;
    }
}
