package dev.caravan.migration;

import java.util.SortedSet;

/**
 * What the destination has received, and is to quote once it holds it. Journalled before the restore, so that a restarted
 * agent that finds the container held can still show it.
 *
 * @param streamDigest SHA-256 over all that came
 * @param extraData    what the quote must be bound to
 * @param pcrs         what the source wants quoted
 */
public record Received(byte[] streamDigest, byte[] extraData, SortedSet<Integer> pcrs) {

    public Received {
        if (streamDigest == null || extraData == null || pcrs == null) {
            throw new IllegalArgumentException("a part is missing");
        }
    }
}
