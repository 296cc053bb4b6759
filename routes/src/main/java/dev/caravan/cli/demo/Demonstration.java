package dev.caravan.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.lab.Lab;
import dev.caravan.lab.LabContainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Shows, with real parts, what Caravan is for. */
public final class Demonstration {
    /** What the sample server holds. */
    public static final int DATA_MIB = 256;

    private static final Path BY_HAND = Path.of("/var/lib/caravan-by-hand");
    private static final long SETTLE_INCREMENTS = 2_000;

    private final Lab lab;
    private final Consumer<String> progress;

    /** How a migration is asked for and followed; returns its report. */
    public interface Migrator {
        JsonNode migrate(String container, String source, String destination);
    }

    public Demonstration(Lab lab, Consumer<String> progress) {
        this.lab = lab;
        this.progress = progress;
    }

    /** Runs it; the lab is up afterwards. */
    public DemoResult run(Migrator migrator) throws IOException, InterruptedException {
        progress.accept(
                "For comparison: a Redis with " + DATA_MIB + " MiB, moved by hand with runc and CRIU, in the clear");
        long byHandMillis;
        long byHandGap;
        try (ByHand byHand = new ByHand(BY_HAND)) {
            byHand.prepare();
            fill(ByHand.ADDRESS);
            try (CountingClient client = new CountingClient(ByHand.ADDRESS)) {
                settle(client);
                byHandMillis = byHand.move();
                settle(client);
                byHandGap = client.longestGapMillis();
            }
        }
        progress.accept("Two hosts with a TPM each, broker, authorities");
        lab.up();
        LabContainer redis = lab.run("alpha", "redis", null, List.of());
        progress.accept("A Redis with " + DATA_MIB + " MiB at alpha, and a client that counts over one TCP connection");
        int values = fill(redis.address());
        ServerIdentity before = identity(redis);
        JsonNode report;
        CountingClient client = new CountingClient(redis.address());
        try (client) {
            settle(client);
            report = migrator.migrate("redis", "alpha", "beta");
            settle(client);
        }
        ServerIdentity after = identity(redis);
        int intact;
        try (Redis server = new Redis(redis.address())) {
            intact = server.intact(DATA_MIB);
        }
        progress.accept("Tampering: PCR 7 of beta is extended, as other firmware would do it");
        LabContainer bystander = lab.run("alpha", "bystander", null, List.of());
        Redis.whenReady(bystander.address()).close();
        byte[] digest = new byte[32];
        digest[0] = 1;
        lab.extendPcr("beta", 7, digest);
        JsonNode tampered = migrator.migrate("bystander", "alpha", "beta");
        boolean runs;
        try (Redis server = new Redis(bystander.address())) {
            runs = server.command("PING").equals("PONG");
        }
        return new DemoResult(report, client.longestGapMillis(), client.counted(), client.failure(), before,
                after, values, intact, byHandMillis, byHandGap, tampered, runs);
    }

    private static int fill(String address) throws IOException, InterruptedException {
        try (Redis server = Redis.whenReady(address)) {
            return server.fill(DATA_MIB);
        }
    }

    private static ServerIdentity identity(LabContainer redis) throws IOException {
        try (Redis server = new Redis(redis.address())) {
            return ServerIdentity.of(server);
        }
    }

    /** Waits until the client has counted on for a while. */
    private static void settle(CountingClient client) throws InterruptedException {
        long until = client.counted() + SETTLE_INCREMENTS;
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (client.counted() < until && client.failure() == null && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
    }
}
