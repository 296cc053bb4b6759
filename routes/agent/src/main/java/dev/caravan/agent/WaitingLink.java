package dev.caravan.agent;

import dev.caravan.control.ControlMessage;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.MigrationFailed;
import java.util.ArrayList;
import java.util.List;

/** Keeps what may be sent later until there are a broker and a key to sign with. */
final class WaitingLink implements ControlLink {
    private final List<ControlMessage> waiting = new ArrayList<>();
    private ControlLink link;

    @Override
    public void send(ControlMessage message) {
        opened(message).send(message);
    }

    private synchronized ControlLink opened(ControlMessage message) {
        if (link == null) {
            throw new MigrationFailed("broker", message.type().label() + " could not be sent to " + message.to()
                    + ": this agent has not reached its broker yet", null);
        }
        return link;
    }

    @Override
    public synchronized void sendWhenPossible(ControlMessage message) {
        if (link == null) {
            waiting.add(message);
        } else {
            link.sendWhenPossible(message);
        }
    }

    /** Everything goes this way from now on, beginning with what has waited. */
    synchronized void open(ControlLink opened) {
        link = opened;
        waiting.forEach(opened::sendWhenPossible);
        waiting.clear();
    }
}
