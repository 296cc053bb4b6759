package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.cli.demo.DemoResult;
import dev.caravan.cli.demo.Demonstration;
import dev.caravan.event.MigrationEvents;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Migrates a live container between two attested hosts on this machine, and shows what happened. */
@Command(name = "demo", mixinStandardHelpOptions = true, description = "Migrate a live container between two attested hosts on this machine, and show what happened. "
        + "Starts a lab of its own and removes it.", footerHeading = "%nExamples:%n", footer = {"  caravan demo",
                "  caravan demo --json | jq .ratio"})
public final class DemoCommand implements Callable<Integer> {
    private static final double MIB = 1 << 20;

    @Spec
    private CommandSpec spec;
    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        OwnLab own = new OwnLab(this::say);
        DemoResult result = own.run(lab -> new Demonstration(lab, this::say)
                .run(own.migrator(json ? null : spec.commandLine().getOut())));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(MigrationEvents.toJson(result));
        } else {
            tell(out, result);
        }
        if (!result.faults().isEmpty()) {
            throw new CommandFailed(CommandFailed.FAILED,
                    "the demonstration failed: " + String.join("; ", result.faults()));
        }
        return 0;
    }

    private void say(String step) {
        PrintWriter err = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
        err.println("» " + step);
        err.flush();
    }

    private static void tell(PrintWriter out, DemoResult result) {
        JsonNode report = result.report();
        out.println();
        out.println("What happened");
        for (String side : new String[]{"source", "destination"}) {
            JsonNode verdict = report.path("attestation").path(side);
            out.printf("  %s (%s) was found %s:%n", report.path(side).asText(), side, verdict.path("verdict").asText());
            verdict.path("reasons").forEach(reason -> out.println("      " + reason.asText()));
        }
        out.printf(Locale.ROOT,
                "  Sent: %.1f MiB for %.1f MiB of memory and the root file system, in %d encrypted batches;"
                        + " nothing in the clear.%n",
                report.path("sentBytes").asDouble() / MIB,
                report.path("memoryBytes").asDouble() / MIB, report.path("batches").asLong());
        out.printf(Locale.ROOT, "  Downtime: %d ms; the client saw one gap of %d ms.%n",
                report.path("downtimeMillis").asLong(), result.clientGapMillis());
        out.printf(Locale.ROOT,
                "  By hand with plain runc, in the clear, in this same run: %d ms, gap %d ms. Ours is %.2f"
                        + " times that.%n",
                result.byHandDowntimeMillis(), result.byHandGapMillis(), result.ratio());
        out.printf("  The client counted %d times over one TCP connection, each answer one more than the last%s.%n",
                result.increments(), result.clientFailure() == null ? "" : " until " + result.clientFailure());
        out.printf("  The process is %s: it says that it started at %s, and its run_id of then is %s;%n"
                + "    %d of its %d values are as they were.%n",
                result.sameProcess() ? "the same" : "another one", result.after().startedAt(),
                result.before().runId().equals(result.after().runId()) ? "unchanged" : "another one",
                result.valuesIntact(), result.values());
        out.printf("  Tampering: with PCR 7 of beta changed, the migration was %s with %d bytes sent:%n    %s.%n",
                result.tampered().path("outcome").asText(), result.tampered().path("sentBytes").asLong(),
                result.tampered().path("reason").asText());
        out.printf("  The container %s at alpha.%n", result.tamperedRunsAtSource() ? "still runs" : "DOES NOT RUN");
        out.flush();
    }
}
