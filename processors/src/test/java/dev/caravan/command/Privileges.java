package dev.caravan.command;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a test needs of the machine: where it must not be missing (CI=true) the test fails, elsewhere it is skipped. */
public final class Privileges {
    private Privileges() {
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

    private static void missing(String why) {
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(why);
        }
        abort(why);
    }
}
