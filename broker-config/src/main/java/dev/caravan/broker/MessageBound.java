package dev.caravan.broker;

import org.apache.activemq.artemis.api.core.ActiveMQException;
import org.apache.activemq.artemis.api.core.ActiveMQExceptionType;
import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.core.server.LargeServerMessage;
import org.apache.activemq.artemis.core.server.ServerSession;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerPlugin;
import org.apache.activemq.artemis.core.transaction.Transaction;

/** Refuses a message at its sender that is longer than any that Caravan sends, before it is in any queue. */
final class MessageBound implements ActiveMQServerPlugin {
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
        long size = message instanceof LargeServerMessage large
                ? large.getLargeBody().getBodySize()
                : message.getEncodeSize();
        if (size > MAX_BYTES) {
            throw new TooLong(
                    "the message to " + message.getAddress() + " has " + size + " bytes; at most " + MAX_BYTES);
        }
    }
}
