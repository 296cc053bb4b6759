package dev.caravan.machine;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.caravan.criu.Command;
import dev.caravan.criu.CommandOutcome;
import dev.caravan.criu.LocalExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The machine that tests run on, and its programs. Where what a test needs must not be missing (CI=true) the test fails,
 * elsewhere it is skipped.
 */
public final class Machine {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MAX_OUTPUT = 64 << 20;

    private Machine() {
    }

    /** Requires root and some programs. */
    public static void require(String... programs) {
        if (!"root".equals(System.getProperty("user.name"))) {
            missing("it needs root");
        }
        for (String program : programs) {
            if (Stream.of(System.getenv("PATH").split(":"))
                    .noneMatch(directory -> Files.isExecutable(Path.of(directory, program)))) {
                missing("it needs " + program);
            }
        }
    }

    /** What a program prints, which must succeed. */
    public static String run(String... command) throws IOException {
        return feed("", command);
    }

    /** What a program prints that reads {@code input}, and must succeed. */
    public static String feed(String input, String... command) throws IOException {
        try {
            CommandOutcome outcome = new LocalExecutor().run(
                    new Command(List.of(command), Map.of("LC_ALL", "C"), PATIENCE, MAX_OUTPUT).withInput(input));
            if (!outcome.succeeded()) {
                throw new IOException(String.join(" ", command) + ": " + outcome.errors());
            }
            return outcome.output();
        } catch (TimeoutException | InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static void missing(String why) {
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(why);
        }
        abort(why);
    }
}
