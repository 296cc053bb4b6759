package dev.caravan.migration;

import dev.caravan.control.ControlMessage;

/** How a side speaks to the other; the routes sign the message and put it on the other agent's control queue. */
public interface ControlLink {
    /**
     * Sends the message, durably; a broker or TPM that is away is waited for. Returns when the broker has the message.
     *
     * @throws MigrationFailed with error {@code unknown-host} if there is no such agent, {@code broker} if it could not be
     *                         sent within {@link Migration#PATIENCE}; why the migration is to end, as soon as it is, if
     *                         it has not committed
     */
    void send(ControlMessage message);

    /**
     * Sends the message when the broker can take it, within {@link Migration#PATIENCE}; never blocks. A later message of the
     * same type takes its place if it still waits.
     */
    void sendWhenPossible(ControlMessage message);
}
