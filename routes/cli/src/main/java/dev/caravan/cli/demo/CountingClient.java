package dev.caravan.cli.demo;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts in Redis, from 0, over one TCP connection, as fast as answers come, and checks that each answer is exactly one more
 * than the one before: a lost or repeated increment, a lost memory or a new connection would show at once.
 */
public final class CountingClient implements AutoCloseable {
    private static final byte[] RESET = "SET caravan-demo 0\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] INCREMENT = "INCR caravan-demo\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int ANSWER_MILLIS = 30_000;
    private static final long SETTLE_INCREMENTS = 2_000;
    private static final long SETTLE_NANOS = 20_000_000_000L;

    private final Socket socket = new Socket();
    private final Thread thread;
    private volatile boolean stopping;
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong longestGapNanos = new AtomicLong();
    private volatile String failure;

    public CountingClient(String address) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(ANSWER_MILLIS);
        socket.connect(new InetSocketAddress(address, Redis.PORT), 5_000);
        thread = new Thread(this::count, "counting-client");
        thread.setDaemon(true);
        thread.start();
    }

    private void count() {
        try {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            out.write(RESET);
            line(in);
            long last = System.nanoTime();
            while (!stopping) {
                out.write(INCREMENT);
                String answer = line(in);
                if (!answer.equals(":" + (count.get() + 1))) {
                    failure = "after " + count.get() + " the server answered \"" + answer + "\"";
                    return;
                }
                count.incrementAndGet();
                long now = System.nanoTime();
                longestGapNanos.accumulateAndGet(now - last, Math::max);
                last = now;
            }
        } catch (IOException e) {
            if (!stopping) {
                failure = "the connection failed after " + count.get() + " increments: " + e.getMessage();
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0 || line.length() > 128) {
                throw new IOException("the server closed the connection or sent no Redis answer");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** Waits until 2000 more increments were answered, or none can be, for 20 seconds at most. */
    public void countOn() throws InterruptedException {
        long until = count.get() + SETTLE_INCREMENTS;
        long deadline = System.nanoTime() + SETTLE_NANOS;
        while (count.get() < until && failure == null && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
    }

    /** How many increments were answered, each exactly one more than the one before. */
    public long counted() {
        return count.get();
    }

    /** The longest time between two answers, in milliseconds. */
    public long longestGapMillis() {
        return longestGapNanos.get() / 1_000_000;
    }

    /** What went wrong, or null. */
    public String failure() {
        return failure;
    }

    /** Ends the count and waits for the last answer. */
    @Override
    public void close() throws IOException {
        stopping = true;
        try {
            thread.join(ANSWER_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        socket.close();
    }
}
