package dev.caravan.it;

import java.util.List;
import java.util.TreeMap;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.activemq.artemis.api.core.ICoreMessage;
import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.server.ServerSession;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerPlugin;
import org.apache.activemq.artemis.core.transaction.Transaction;

/**
 * Hears every message that clients send to the broker in this JVM. Artemis makes it by its name, from the system
 * property {@link #PROPERTY}.
 */
public final class BrokerTap implements ActiveMQServerPlugin {
    /** Set to an empty text before the broker is started. */
    static final String PROPERTY = "brokerconfig.brokerPlugins.\"" + BrokerTap.class.getName() + ".class\".init";

    private static final List<Heard> HEARD = new CopyOnWriteArrayList<>();

    /** A message of Caravan: where it went, its headers, its bytes. */
    record Heard(String address, Map<String, String> headers, byte[] body) {
    }

    static List<Heard> heard() {
        return HEARD;
    }

    @Override
    public void beforeSend(ServerSession session, Transaction transaction, Message message, boolean direct,
            boolean noAutoCreateQueue) {
        if (!message.getAddress().startsWith("caravan.")) {
            return;
        }
        Map<String, String> headers = new TreeMap<>();
        for (SimpleString name : message.getPropertyNames()) {
            if (name.toString().startsWith("caravan_") || name.toString().equals("JMSXGroupID")) {
                headers.put(name.toString(), message.getStringProperty(name));
            }
        }
        ICoreMessage core = message.toCore();
        byte[] body = new byte[core.getBodyBufferSize()];
        core.getReadOnlyBodyBuffer().readBytes(body);
        HEARD.add(new Heard(message.getAddress(), headers, body));
    }
}
