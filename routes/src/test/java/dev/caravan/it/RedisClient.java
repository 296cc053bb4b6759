package dev.caravan.it;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** One TCP connection to a Redis, which can count in the background and checks each answer. */
final class RedisClient implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;
    private volatile long count;
    private volatile String failure;
    private volatile boolean closing;
    private Thread counting;

    RedisClient(String address) throws IOException {
        socket.setSoTimeout(60_000);
        socket.connect(new InetSocketAddress(address, 6379), 2_000);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    static RedisClient whenReady(String address) {
        return Awaitility.await().ignoreExceptions().atMost(20, TimeUnit.SECONDS).until(() -> new RedisClient(address),
                client -> true);
    }

    void fill(int mebibytes) throws IOException {
        Random random = new Random(7);
        byte[] value = new byte[1 << 16];
        for (int i = 0; i < mebibytes * 16; i++) {
            random.nextBytes(value);
            out.write(("*3\r\n$3\r\nSET\r\n$" + ("k" + i).length() + "\r\nk" + i + "\r\n$" + value.length + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(value);
            out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            line();
        }
    }

    String runId() throws IOException {
        out.write("INFO server\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] info = in.readNBytes(Integer.parseInt(line().substring(1)));
        line();
        return new String(info, StandardCharsets.US_ASCII).lines().filter(l -> l.startsWith("run_id:")).findFirst()
                .orElseThrow();
    }

    void startCounting() {
        counting = new Thread(() -> {
            try {
                while (!closing) {
                    out.write("INCR ctr\r\n".getBytes(StandardCharsets.US_ASCII));
                    String answer = line();
                    if (!answer.equals(":" + (count + 1))) {
                        failure = "after " + count + " came " + answer;
                        return;
                    }
                    count++;
                }
            } catch (IOException e) {
                failure = closing ? null : e.toString();
            }
        });
        counting.start();
    }

    void awaitProgress() {
        long now = count;
        Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> count > now + 100 || failure != null);
    }

    String failure() {
        return failure;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        closing = true;
        if (counting != null) {
            counting.join(10_000);
        }
        socket.close();
    }
}
