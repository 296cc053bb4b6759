package dev.caravan.migration;

import dev.caravan.control.ControlMessage;

/** How a side speaks to the other; the routes sign the message and put it on the other agent's control queue. */
public interface ControlLink {
    /**
     * Sends the message, durably.
     *
     * @throws MigrationFailed with error {@code unknown-host} if there is no such agent
     */
    void send(ControlMessage message);

    /** Sends the message when the broker can take it; the caller does not wait and need not care. */
    void sendWhenPossible(ControlMessage message);
}
