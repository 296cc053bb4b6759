package dev.caravan.cli;

import dev.caravan.cli.demo.Benchmark;
import dev.caravan.cli.demo.BenchmarkResult.Pair;
import dev.caravan.cli.demo.BenchmarkResult;
import dev.caravan.event.MigrationEvents;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures migrations against the same moves by hand. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = "Measure the downtime of a Redis with 256 MiB that moves between two attested hosts on this machine, "
        + "against the same move by hand with runc and CRIU, in pairs. Starts a lab of its own and removes it.", footerHeading = "%nExamples:%n", footer = {
                "  caravan bench", "  caravan bench --pairs 11 --json | jq .medianRatio"})
public final class BenchCommand implements Callable<Integer> {
    private static final int MOST_PAIRS = 100;

    @Spec
    private CommandSpec spec;
    @Option(names = "--pairs", paramLabel = "N", defaultValue = "5", description = "How many pairs, 1 to 100 (default: ${DEFAULT-VALUE}).")
    private int pairs;
    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (pairs < 1 || pairs > MOST_PAIRS) {
            throw new ParameterException(spec.commandLine(),
                    "--pairs is " + pairs + "; allowed are 1 to " + MOST_PAIRS);
        }
        OwnLab own = new OwnLab(this::say);
        BenchmarkResult result = own.run(lab -> new Benchmark(lab, this::say).run(pairs, own.migrator(null)));
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? MigrationEvents.toJson(result) : text(result));
        return 0;
    }

    private void say(String step) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("» " + step);
        err.flush();
    }

    private static String text(BenchmarkResult result) {
        Table table = new Table("", "DOWNTIME", "GAP", "BY HAND", "GAP BY HAND", "RATIO", "TRANSFER");
        int number = 1;
        for (Pair pair : result.pairs()) {
            table.row(Integer.toString(number++), millis(pair.downtimeMillis()), millis(pair.clientGapMillis()),
                    millis(pair.byHandDowntimeMillis()), millis(pair.byHandGapMillis()), ratio(pair.ratio()),
                    rate(pair.mibPerSecond()));
        }
        table.row("median", millis(result.median(Pair::downtimeMillis)), millis(result.median(Pair::clientGapMillis)),
                millis(result.median(Pair::byHandDowntimeMillis)), millis(result.median(Pair::byHandGapMillis)),
                ratio(result.medianRatio()), rate(result.median(Pair::mibPerSecond)));
        return table + String.format(
                "%n%nAt most: AES-256-GCM on one core seals %s, one TCP connection on loopback carries %s;%n"
                        + "the bytes of a migration are sealed once, opened once and carried twice, on %d cores.%n"
                        + "At least: a container of 10 000 files stands still for %s while they are looked at again.",
                rate(result.cipherMibPerSecond()), rate(result.loopbackMibPerSecond()),
                Runtime.getRuntime().availableProcessors(), millis(result.rescanMillis()));
    }

    private static String millis(double value) {
        return Math.round(value) + " ms";
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String rate(double value) {
        return Math.round(value) + " MiB/s";
    }
}
