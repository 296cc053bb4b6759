package dev.caravan.cli.demo;

import dev.caravan.lab.Lab;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The same container, moved by hand with runc and CRIU, in the clear: what our downtime is compared with. */
final class ByHand implements AutoCloseable {
    private static final String ADDRESS = "10.89.0.10";
    private static final String DIRECTORY = "/var/lib/caravan-by-hand";
    private static final String TIMEOUT_SECONDS = "120";

    private final String script;
    private final Thread atExit = new Thread(this::abandon);
    private Process step;
    private boolean abandoned;

    /**
     * What a move cost.
     *
     * @param downtimeMillis  from the fence to the end of the restore
     * @param clientGapMillis the longest time between two answers that the client saw
     */
    record Move(long downtimeMillis, long clientGapMillis) {
    }

    private ByHand() throws IOException {
        try (InputStream in = Lab.class.getResourceAsStream("by-hand.sh")) {
            script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        // what a run that was killed has left
        run("clean");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Moves a Redis with the demonstration's data under a client, and removes every trace. */
    static Move measure() throws IOException, InterruptedException {
        try (ByHand byHand = new ByHand()) {
            byHand.run("prepare");
            Redis.fillWhenReady(ADDRESS);
            try (CountingClient client = new CountingClient(ADDRESS)) {
                client.countOn();
                long downtime = lastLine(byHand.run("move"));
                client.countOn();
                return new Move(downtime, client.longestGapMillis());
            }
        }
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(atExit);
        run("clean");
    }

    /** Ends what runs and removes every trace, when the JVM ends before its work does. */
    private void abandon() {
        synchronized (this) {
            abandoned = true;
            step.descendants().forEach(ProcessHandle::destroyForcibly);
            step.destroyForcibly();
        }
        try {
            output("clean", bash("clean"));
        } catch (IOException e) {
            System.err.println("caravan: " + e.getMessage());
        }
    }

    /** The number that the move prints after whatever runc has to say. */
    private static long lastLine(String output) {
        return Long.parseLong(output.substring(output.lastIndexOf('\n') + 1));
    }

    private String run(String name) throws IOException {
        return output(name, start(name));
    }

    private synchronized Process start(String name) throws IOException {
        if (abandoned) {
            throw new IOException("the move by hand was interrupted");
        }
        step = bash(name);
        return step;
    }

    private Process bash(String name) throws IOException {
        return new ProcessBuilder("timeout", "--kill-after=5", TIMEOUT_SECONDS, "bash", "-c", script, "by-hand.sh",
                name, DIRECTORY).redirectErrorStream(true).start();
    }

    private static String output(String name, Process process) throws IOException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            if (process.waitFor() != 0) {
                throw new IOException("by-hand.sh " + name + " failed: " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return output;
    }
}
