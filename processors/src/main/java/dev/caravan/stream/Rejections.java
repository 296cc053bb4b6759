package dev.caravan.stream;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts rejected batches by reason. Thread-safe. */
final class Rejections {

    private final AtomicLongArray counts = new AtomicLongArray(BatchRejected.Reason.values().length);

    void count(BatchRejected rejected) {
        counts.incrementAndGet(rejected.reason().ordinal());
    }

    Map<BatchRejected.Reason, Long> byReason() {
        Map<BatchRejected.Reason, Long> map = new EnumMap<>(BatchRejected.Reason.class);
        for (BatchRejected.Reason reason : BatchRejected.Reason.values()) {
            long count = counts.get(reason.ordinal());
            if (count > 0) {
                map.put(reason, count);
            }
        }
        return map;
    }
}
