package dev.caravan.broker;

import org.apache.activemq.artemis.api.core.ActiveMQException;
import org.apache.activemq.artemis.api.core.ActiveMQIllegalStateException;
import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.core.server.LargeServerMessage;
import org.apache.activemq.artemis.core.server.ServerSession;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerPlugin;
import org.apache.activemq.artemis.core.transaction.Transaction;

/** Refuses a message at its sender that is longer than any that Caravan sends, before it is in any queue. */
final class MessageBound implements ActiveMQServerPlugin {
    /** More than a batch with its headers; bytes. */
    static final int MAX_BYTES = 2 << 20;

    @Override
    public void beforeSend(ServerSession session, Transaction tx, Message message, boolean direct,
            boolean noAutoCreateQueue) throws ActiveMQException {
        long size = message instanceof LargeServerMessage large
                ? large.getLargeBody().getBodySize()
                : message.getEncodeSize();
        if (size > MAX_BYTES) {
            throw new ActiveMQIllegalStateException(
                    "the message to " + message.getAddress() + " has " + size + " bytes; at most " + MAX_BYTES);
        }
    }
}
