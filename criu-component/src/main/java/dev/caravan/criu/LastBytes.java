package dev.caravan.criu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** The end of what a stream brings; it takes no more memory than twice what it keeps. */
final class LastBytes {
    private static final int FIRST_BYTES = 8 * 1024;

    private final int limit;
    private byte[] kept;
    private int length;
    private boolean ended;

    /** @param limit how many bytes are kept, positive */
    LastBytes(int limit) {
        this.limit = limit;
        this.kept = new byte[Math.min(FIRST_BYTES, 2 * limit)];
    }

    /** Reads to the end of the stream, or until it fails, and closes it. */
    void readFrom(InputStream stream) {
        byte[] chunk = new byte[FIRST_BYTES];
        try (stream) {
            for (int read = stream.read(chunk); read >= 0; read = stream.read(chunk)) {
                for (int at = 0; at < read;) {
                    at += add(chunk, at, read - at);
                }
            }
        } catch (IOException e) {
            // what was killed closes its streams as they are
            return;
        } finally {
            end();
        }
    }

    private synchronized int add(byte[] bytes, int from, int count) {
        if (length == kept.length && kept.length < 2 * limit) {
            kept = Arrays.copyOf(kept, Math.min(2 * kept.length, 2 * limit));
        } else if (length == kept.length) {
            System.arraycopy(kept, length - limit, kept, 0, limit);
            length = limit;
        }
        int taken = Math.min(count, kept.length - length);
        System.arraycopy(bytes, from, kept, length, taken);
        length += taken;
        return taken;
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** The last bytes, once the stream has ended; those that there are by then if it does not end in time. */
    synchronized String text(long patienceMillis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        for (long left = patienceMillis; !ended && left > 0; left = millisUntil(deadline)) {
            wait(left);
        }
        int start = Math.max(0, length - limit);
        return new String(kept, start, length - start, StandardCharsets.UTF_8);
    }

    private static long millisUntil(long deadline) {
        return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }
}
