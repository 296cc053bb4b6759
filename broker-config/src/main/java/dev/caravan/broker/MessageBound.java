package dev.caravan.broker;

import org.apache.activemq.artemis.api.core.ActiveMQException;
import org.apache.activemq.artemis.api.core.ActiveMQExceptionType;
import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.core.server.LargeServerMessage;
import org.apache.activemq.artemis.core.server.ServerSession;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerPlugin;
import org.apache.activemq.artemis.core.transaction.Transaction;

/**
 * Refuses a message at its sender that is longer than any that Caravan sends, headers and properties included, before it is
 * in any queue: a consumer reads properties into memory before it can judge them. {@code broker.xml} names it, so that a
 * standalone broker without it does not start.
 */
public final class MessageBound implements ActiveMQServerPlugin {
    /** More than a batch with its headers; bytes. */
    static final int MAX_BYTES = 2 << 20;

    /** Without a stack trace: the broker logs one for each that its sender does not wait for. */
    private static final class TooLong extends ActiveMQException {
        private static final long serialVersionUID = 1L;

        private TooLong(String reason) {
            super(reason, ActiveMQExceptionType.ILLEGAL_STATE);
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    @Override
    public void beforeSend(ServerSession session, Transaction tx, Message message, boolean direct,
            boolean noAutoCreateQueue) throws ActiveMQException {
        LargeServerMessage large = message instanceof LargeServerMessage one ? one : null;
        // of a large message what is encoded is headers and properties, and the body is a file
        long size = message.getEncodeSize() + (large == null ? 0 : large.getLargeBody().getBodySize());
        if (size > MAX_BYTES) {
            if (large != null) {
                // the broker deletes only what came as a large message, not what it made one
                large.getLargeBody().deleteFile();
            }
            throw new TooLong(
                    "the message to " + message.getAddress() + " has " + size + " bytes; at most " + MAX_BYTES);
        }
    }
}
