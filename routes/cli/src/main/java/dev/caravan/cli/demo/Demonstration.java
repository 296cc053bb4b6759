package dev.caravan.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.lab.Lab;
import dev.caravan.lab.LabContainer;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Shows, with real parts, what Caravan is for. */
public final class Demonstration {
    /** What the sample server holds. */
    public static final int DATA_MIB = 256;

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
        ByHand.Move byHand = ByHand.measure();
        progress.accept("Two hosts with a TPM each, broker, authorities");
        lab.up();
        LabContainer redis = lab.run("alpha", "redis", null, List.of());
        progress.accept("A Redis with " + DATA_MIB + " MiB at alpha, and a client that counts over one TCP connection");
        int values = Redis.fillWhenReady(redis.address());
        ServerIdentity before = identity(redis);
        JsonNode report;
        CountingClient client = new CountingClient(redis.address());
        try (client) {
            client.countOn();
            report = migrator.migrate("redis", "alpha", "beta");
            client.countOn();
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
                after, values, intact, byHand.downtimeMillis(), byHand.clientGapMillis(), tampered, runs);
    }

    private static ServerIdentity identity(LabContainer redis) throws IOException {
        try (Redis server = new Redis(redis.address())) {
            return ServerIdentity.of(server);
        }
    }
}
