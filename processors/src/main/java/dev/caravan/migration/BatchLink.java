package dev.caravan.migration;

import dev.caravan.stream.BatchChannel;
import dev.caravan.stream.BatchHandler;
import dev.caravan.stream.BatchSettings;
import java.util.UUID;

/** How batches get to the other agent's queue. */
public interface BatchLink {
    /** Puts a sealed batch on the queue of the agent of {@code platform}; may block, may throw, may lose it. */
    void send(String platform, UUID migration, byte[] batch);

    /**
     * Opens the encrypted stream to the other side of a migration.
     *
     * @param migration whose session stands
     * @param handler   takes what the other side sends
     */
    default BatchChannel open(Migration migration, BatchHandler handler) {
        return new BatchChannel(migration.session(), batch -> send(migration.peer(), migration.id(), batch), handler,
                BatchSettings.defaults());
    }
}
