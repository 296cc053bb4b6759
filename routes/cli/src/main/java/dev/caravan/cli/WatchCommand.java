package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.event.MigrationEvents;
import dev.caravan.wire.Excerpt;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints events as they come: of one migration until it ends, or of all until interrupted. */
@Command(name = "watch", mixinStandardHelpOptions = true, description = "Print events as they come: of one migration until it ends, or of all until interrupted.", footerHeading = "%nExamples:%n", footer = {
        "  caravan watch", "  caravan watch --json | jq .type"})
public final class WatchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
    @Mixin
    private OperatorOptions options;
    @Parameters(paramLabel = "MIGRATION", arity = "0..1", description = "The migration's identity.")
    private UUID migration;
    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "600", description = "How long to wait for the end of MIGRATION (default: ${DEFAULT-VALUE}).")
    private int timeout;

    @Override
    public Integer call() throws InterruptedException {
        try (OperatorClient client = options.connect()) {
            if (migration == null) {
                client.listen(this::print);
                new CountDownLatch(1).await();
                return 0;
            }
            MigrationWatch watch = MigrationWatch.of(migration, this::print);
            client.listen(watch);
            return MigrateCommand.exitCode(watch.await(Duration.ofSeconds(timeout)));
        }
    }

    private void print(HeardEvent heard) {
        PrintWriter out = spec.commandLine().getOut();
        JsonNode event = heard.json();
        if (options.json()) {
            out.println(heard.marked(event));
        } else if (!heard.type().equals(MigrationEvents.PROGRESS)) {
            JsonNode data = heard.data();
            out.printf("%s %s %s %s %s%s%n", line(event.path("time")), line(event.path("source")),
                    line(data.path("migrationId").isMissingNode() ? event.path("subject") : data.path("migrationId")),
                    line(data.path("stage").isMissingNode() ? data.path("outcome") : data.path("stage")),
                    line(data.path("reason")), heard.verified() ? "" : " (unverified: " + heard.fault() + ")");
        }
        out.flush();
    }

    private static String line(JsonNode text) {
        return Excerpt.reason(text.asText());
    }
}
