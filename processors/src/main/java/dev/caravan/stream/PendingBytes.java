package dev.caravan.stream;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What all channels of this process keep together of what has come and is not delivered yet. A batch for which there is no
 * room is dropped, and comes again: peers that send much at once, or never what is next, cost others time but no memory.
 */
final class PendingBytes {
    /** With one batch more for each channel, which is always taken, less than a fifth of the advised heap of 512 MiB. */
    static final long MAX = 80L << 20;

    private static final AtomicLong KEPT = new AtomicLong();

    private PendingBytes() {
    }

    /** Whether there is room for so many bytes more; then they count as kept. */
    static boolean take(int bytes) {
        if (KEPT.addAndGet(bytes) <= MAX) {
            return true;
        }
        KEPT.addAndGet(-bytes);
        return false;
    }

    /** Counts bytes as kept though there may be no room. */
    static void takeAnyway(int bytes) {
        KEPT.addAndGet(bytes);
    }

    static void giveBack(long bytes) {
        KEPT.addAndGet(-bytes);
    }

    static long kept() {
        return KEPT.get();
    }
}
