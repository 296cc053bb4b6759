package dev.caravan.stream;

import java.util.Map;

/**
 * What a receiver has seen so far.
 *
 * @param delivered  batches handed on
 * @param plainBytes content of these
 * @param duplicates batches that had come before
 * @param dropped    batches not taken for want of room; the peer sends them again
 * @param rejected   batches rejected, by reason; reasons that never occurred are absent
 */
public record ReceiverTotals(long delivered, long plainBytes, long duplicates, long dropped,
        Map<BatchRejected.Reason, Long> rejected) {
}
