package dev.caravan.broker;

import org.apache.activemq.artemis.api.core.ActiveMQBuffer;
import org.apache.activemq.artemis.api.core.ICoreMessage;
import org.apache.activemq.artemis.api.core.Interceptor;
import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.core.protocol.core.Packet;
import org.apache.activemq.artemis.core.protocol.core.impl.wireformat.SessionReceiveLargeMessage;
import org.apache.activemq.artemis.core.protocol.core.impl.wireformat.SessionReceiveMessage;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;

/**
 * Looks at each message before Artemis makes a JMS message of it, because that reads whole bodies, inflates them and
 * allocates what they say that they need. Whatever is not plain bytes or plain text becomes bytes that nobody has read,
 * with {@link #UNREAD} saying what it was.
 */
public final class MessageForms implements Interceptor {
    /** Property of a message that was left unread: what it is. */
    static final String UNREAD = "caravan_unread";

    /** Value of {@link #UNREAD}: Artemis would fetch all of it to make a string. */
    static final String PARTS = "a text that comes in parts";

    private static final int TEXT_HEAD = Byte.BYTES + Integer.BYTES;

    @Override
    public boolean intercept(Packet packet, RemotingConnection connection) {
        if (packet instanceof SessionReceiveLargeMessage large && large.getMessage() instanceof ICoreMessage message) {
            // the sender's own word for the size may be anything
            message.putLongProperty(Message.HDR_LARGE_BODY_SIZE,
                    Math.max(0, Math.min(large.getLargeMessageSize(), Integer.MAX_VALUE)));
            boolean text = message.getType() == Message.TEXT_TYPE && !isCompressed(message);
            mark(message, text ? PARTS : whyUnread(message));
        } else if (packet instanceof SessionReceiveMessage received) {
            mark(received.getMessage(), whyUnread(received.getMessage()));
        }
        return true;
    }

    private static void mark(ICoreMessage message, String form) {
        if (form != null) {
            message.removeProperty(Message.HDR_LARGE_COMPRESSED.toString());
            message.setType(Message.BYTES_TYPE);
            message.putStringProperty(UNREAD, form);
        } else if (message.containsProperty(UNREAD)) {
            message.removeProperty(UNREAD);
        }
    }

    private static boolean isCompressed(ICoreMessage message) {
        return Boolean.TRUE.equals(message.getObjectProperty(Message.HDR_LARGE_COMPRESSED));
    }

    /** What a message is that must stay unread, or null. */
    private static String whyUnread(ICoreMessage message) {
        if (isCompressed(message)) {
            return "compressed";
        }
        return switch (message.getType()) {
            case Message.BYTES_TYPE -> null;
            case Message.TEXT_TYPE -> isText(message) ? null : "a TextMessage without text";
            case Message.OBJECT_TYPE -> "an ObjectMessage";
            case Message.MAP_TYPE -> "a MapMessage";
            case Message.STREAM_TYPE -> "a StreamMessage";
            default -> "a Message without a body";
        };
    }

    /** Whether the length that stands before the text is the length of what is there. */
    private static boolean isText(ICoreMessage message) {
        ActiveMQBuffer body = message.getReadOnlyBodyBuffer();
        return body.readableBytes() >= TEXT_HEAD && body.readByte() != 0 && body.readInt() == body.readableBytes()
                && body.readableBytes() % Character.BYTES == 0;
    }
}
