package dev.caravan.migration;

import java.util.concurrent.atomic.LongAdder;

/** What one migration has sent so far; counted by the threads that send, read by events, JMX and the report. */
public final class Progress {
    private final LongAdder doneBytes = new LongAdder();
    private volatile long totalBytes;
    private volatile long memoryBytes;
    private volatile long pagesSent;
    private volatile long pagesZero;
    private volatile long transferMillis;

    /** Bytes of the container (not of ciphertext) sent so far. */
    public long doneBytes() {
        return doneBytes.sum();
    }

    /** The estimate of what is to be sent in all, in bytes. */
    public long totalBytes() {
        return Math.max(totalBytes, doneBytes());
    }

    public void done(long bytes) {
        doneBytes.add(bytes);
    }

    public void expect(long bytes) {
        totalBytes = bytes;
    }

    /** Records the one round of stopcopy. */
    public void memory(long bytes, long sent, long zero, long millis) {
        memoryBytes = bytes;
        pagesSent = sent;
        pagesZero = zero;
        transferMillis = millis;
    }

    public long memoryBytes() {
        return memoryBytes;
    }

    public long pagesSent() {
        return pagesSent;
    }

    public long pagesZero() {
        return pagesZero;
    }

    public long transferMillis() {
        return transferMillis;
    }
}
