package dev.caravan.stream;

import java.time.Duration;

/**
 * How a channel sends.
 *
 * @param windowBytes sealed bytes that may be on their way unacknowledged, {@link #MIN_WINDOW} to {@link #MAX_WINDOW}
 * @param resendAfter silence after which the oldest batch is sent again; doubles up to eight times as long
 * @param patience    silence after which the transfer is given up
 */
public record BatchSettings(int windowBytes, Duration resendAfter, Duration patience) {

    /** Smallest window: two of the largest batches. */
    public static final int MIN_WINDOW = 4 << 20;
    /** Largest window. With {@link BatchReceiver#PENDING_LIMIT} one agent stays below 64 MiB for a migration. */
    public static final int MAX_WINDOW = 20 << 20;

    public BatchSettings {
        if (windowBytes < MIN_WINDOW || windowBytes > MAX_WINDOW) {
            throw new IllegalArgumentException("windowBytes must be " + MIN_WINDOW + " to " + MAX_WINDOW);
        }
        if (resendAfter.isNegative() || resendAfter.isZero() || patience.compareTo(resendAfter) <= 0) {
            throw new IllegalArgumentException("resendAfter must be positive and less than patience");
        }
    }

    /** 16 MiB, half a second, one minute. */
    public static BatchSettings defaults() {
        return new BatchSettings(16 << 20, Duration.ofMillis(500), Duration.ofMinutes(1));
    }
}
