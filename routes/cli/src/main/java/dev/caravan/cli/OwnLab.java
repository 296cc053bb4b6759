package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.cli.demo.Demonstration;
import dev.caravan.lab.Lab;
import dev.caravan.lab.LabFailed;
import dev.caravan.lab.LabPlan;
import dev.caravan.request.MigrationRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Consumer;

/** A lab that lives as long as a command: what a killed run has left is removed first, everything at the end. */
final class OwnLab {
    private final Lab lab;
    private final Consumer<String> say;

    /** What is done in the lab. */
    interface Work<T> {
        T with(Lab lab) throws IOException, InterruptedException;
    }

    OwnLab(Consumer<String> say) {
        this.say = say;
        lab = new Lab(LabPlan.demonstration(), say);
    }

    <T> T run(Work<T> work) throws IOException, InterruptedException {
        lab.down();
        Thread cleanUp = new Thread(lab::down);
        Runtime.getRuntime().addShutdownHook(cleanUp);
        try {
            return work.with(lab);
        } catch (LabFailed e) {
            throw new CommandFailed(CommandFailed.ENVIRONMENT, e.getMessage());
        } finally {
            Runtime.getRuntime().removeShutdownHook(cleanUp);
            lab.down();
        }
    }

    /** Asks for migrations by messages, and shows them to a person unless {@code out} is null. */
    Demonstration.Migrator migrator(PrintWriter out) {
        return (container, source, destination) -> {
            Instant now = Instant.now();
            MigrationRequest request = new MigrationRequest(UUID.randomUUID(), container, source, destination,
                    "stopcopy", now, now.plus(MigrationRequest.DEFAULT_LIFETIME));
            say.accept("A message asks: move " + container + " from " + source + " to " + destination);
            return migrate(request, out);
        };
    }

    private JsonNode migrate(MigrationRequest request, PrintWriter out) {
        try (OperatorClient client = new OperatorClient(
                OperatorConfiguration.read(lab.plan().operatorConfiguration()), System.err::println);
                MigrationView view = new MigrationView(out, out != null)) {
            return client.migrate(request, view::show).await(Duration.ofSeconds(120));
        }
    }
}
