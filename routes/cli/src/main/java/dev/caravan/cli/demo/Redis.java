package dev.caravan.cli.demo;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Just enough of Redis' protocol (RESP 2) to fill a server and ask who it is. */
public final class Redis implements AutoCloseable {
    static final int PORT = 6379;

    // with what Redis adds it fills what Redis' allocator gives for it
    private static final int VALUE_BYTES = 4000;
    private static final int PIPELINE = 64;
    private static final long SEED = 1;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    public Redis(String address) throws IOException {
        socket.setSoTimeout(30_000);
        socket.connect(new InetSocketAddress(address, PORT), 5_000);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
    }

    /** Connects to a server that is still starting. */
    public static Redis whenReady(String address) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + 15_000_000_000L;
        while (true) {
            try {
                return new Redis(address);
            } catch (IOException e) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("Redis at " + address + " does not answer: " + e.getMessage(), e);
                }
                Thread.sleep(20);
            }
        }
    }

    /** Fills a server that may still be starting with the demonstration's data; returns how many values. */
    static int fillWhenReady(String address) throws IOException, InterruptedException {
        try (Redis server = whenReady(address)) {
            return server.fill(Demonstration.DATA_MIB);
        }
    }

    /** Fills the server with random, so incompressible, values of that many MiB in all; returns how many values. */
    public int fill(int mebibytes) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] value = new byte[VALUE_BYTES];
        int values = values(mebibytes);
        for (int i = 0; i < values; i += PIPELINE) {
            int end = Math.min(i + PIPELINE, values);
            for (int j = i; j < end; j++) {
                random.nextBytes(value);
                send(ascii("SET"), ascii("k" + j), value);
            }
            out.flush();
            for (int j = i; j < end; j++) {
                readAnswer();
            }
        }
        return values;
    }

    /** Reads everything that {@link #fill} wrote; returns how many values are what they were. */
    public int intact(int mebibytes) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] expected = new byte[VALUE_BYTES];
        int values = values(mebibytes);
        int intact = 0;
        for (int i = 0; i < values; i += PIPELINE) {
            int end = Math.min(i + PIPELINE, values);
            for (int j = i; j < end; j++) {
                send(ascii("GET"), ascii("k" + j));
            }
            out.flush();
            for (int j = i; j < end; j++) {
                random.nextBytes(expected);
                if (Arrays.equals(expected, readBytes())) {
                    intact++;
                }
            }
        }
        return intact;
    }

    private static int values(int mebibytes) {
        return ((mebibytes << 20) + VALUE_BYTES - 1) / VALUE_BYTES;
    }

    /** A field of INFO, for example {@code run_id}, which the server draws when it starts. */
    public String info(String field) throws IOException {
        String all = command("INFO");
        return all.lines().filter(line -> line.startsWith(field + ":")).map(line -> line.substring(field.length() + 1))
                .findFirst().orElseThrow(() -> new IOException("INFO has no " + field));
    }

    /** Runs a command and returns its answer as text. */
    public String command(String... words) throws IOException {
        send(Arrays.stream(words).map(word -> word.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new));
        out.flush();
        return readAnswer();
    }

    private void send(byte[]... words) throws IOException {
        out.write(ascii("*" + words.length + "\r\n"));
        for (byte[] word : words) {
            out.write(ascii("$" + word.length + "\r\n"));
            out.write(word);
            out.write('\r');
            out.write('\n');
        }
    }

    private String readAnswer() throws IOException {
        return new String(readBytes(), StandardCharsets.UTF_8);
    }

    private byte[] readBytes() throws IOException {
        String line = readLine();
        if (line.startsWith("-")) {
            throw new IOException("Redis answered " + line.substring(1));
        }
        if (!line.startsWith("$")) {
            return ascii(line.substring(1));
        }
        byte[] bytes = in.readNBytes(Math.max(0, Integer.parseInt(line.substring(1))));
        if (!line.equals("$-1")) {
            readLine();
        }
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("Redis closed the connection");
            }
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
