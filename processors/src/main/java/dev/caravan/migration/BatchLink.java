package dev.caravan.migration;

import java.util.UUID;

/** How batches get to the other agent's queue. */
public interface BatchLink {
    /** Puts a sealed batch on the queue of the agent of {@code platform}; may block, may throw, may lose it. */
    void send(String platform, UUID migration, byte[] batch);
}
