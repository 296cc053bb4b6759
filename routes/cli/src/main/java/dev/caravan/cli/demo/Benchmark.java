package dev.caravan.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.cli.demo.BenchmarkResult.Pair;
import dev.caravan.lab.Lab;
import dev.caravan.lab.LabContainer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Measures the downtime of migrations beside that of the same container moved by hand, in pairs: a machine that is
 * slower for a while is slower for both of a pair.
 */
public final class Benchmark {
    private static final List<String> HOSTS = List.of("alpha", "beta");

    private final Lab lab;
    private final Consumer<String> progress;

    public Benchmark(Lab lab, Consumer<String> progress) {
        this.lab = lab;
        this.progress = progress;
    }

    /**
     * Runs it; the lab is up afterwards.
     *
     * @param pairs how many migrations to measure, 1 or more
     * @throws IOException when a migration does not complete, or its client finds a fault
     */
    public BenchmarkResult run(int pairs, Demonstration.Migrator migrator) throws IOException, InterruptedException {
        progress.accept("What the machine can do at most");
        double cipher = Limits.cipherMibPerSecond();
        double loopback = Limits.loopbackMibPerSecond();
        double rescan = Limits.rescanMillis();
        progress.accept("Two hosts with a TPM each, broker, authorities, and a Redis with "
                + Demonstration.DATA_MIB + " MiB");
        lab.up();
        LabContainer redis = lab.run(HOSTS.get(0), "redis", null, List.of());
        Redis.fillWhenReady(redis.address());
        List<Pair> measured = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            progress.accept("Pair " + (i + 1) + " of " + pairs);
            ByHand.Move byHand = ByHand.measure();
            measured.add(pair(byHand, redis, migrator, HOSTS.get(i % 2), HOSTS.get((i + 1) % 2)));
        }
        return new BenchmarkResult(measured, cipher, loopback, rescan);
    }

    private static Pair pair(ByHand.Move byHand, LabContainer redis, Demonstration.Migrator migrator, String source,
            String destination) throws IOException, InterruptedException {
        JsonNode report;
        CountingClient client = new CountingClient(redis.address());
        try (client) {
            client.countOn();
            report = migrator.migrate(redis.name(), source, destination);
            client.countOn();
        }
        if (!report.path("outcome").asText().equals("completed") || client.failure() != null) {
            throw new IOException("a migration to be measured failed: " + report.path("reason").asText()
                    + (client.failure() == null ? "" : "; its client: " + client.failure()));
        }
        long transferring = 0;
        for (JsonNode stage : report.path("stages")) {
            if (stage.path("name").asText().equals("transferring")) {
                transferring += stage.path("millis").asLong();
            }
        }
        return new Pair(report.path("downtimeMillis").asLong(), client.longestGapMillis(), byHand.downtimeMillis(),
                byHand.clientGapMillis(), report.path("memoryBytes").asLong(), transferring);
    }
}
