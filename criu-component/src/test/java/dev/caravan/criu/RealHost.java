package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Lets a test class run only where containers can really be moved; on a build server their absence is a failure. */
final class RealHost implements BeforeAllCallback {

    static RuncConfiguration configuration(Path root) {
        return new RuncConfiguration(Path.of("runc"), root, criu());
    }

    /** Compiles a program of {@code src/test/c} into a directory. */
    static Path compile(String name, Path directory) throws Exception {
        Path program = directory.resolve(name);
        if (!Files.exists(program)) {
            CommandOutcome outcome = new LocalExecutor().run(Command.of(Duration.ofMinutes(1), "gcc", "-static", "-O1",
                    "-pthread", "-o", program.toString(), "src/test/c/" + name + ".c"));
            assertThat(outcome.succeeded()).as(outcome.errors()).isTrue();
        }
        return program;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        String obstacle = obstacle();
        if (obstacle != null && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("The real tests cannot run here: " + obstacle);
        }
        Assumptions.assumeTrue(obstacle == null, () -> "needs " + obstacle);
    }

    private static String obstacle() throws Exception {
        EnvironmentReport report = new EnvironmentCheck(configuration(Path.of("/run/runc"))).run();
        if (!report.fit()) {
            return report.shortfall();
        }
        CommandOutcome gcc = new LocalExecutor().run(Command.of(Duration.ofSeconds(10), "sh", "-c",
                "command -v gcc && command -v redis-server && command -v redis-cli"));
        return gcc.succeeded() ? null : "gcc and redis-server";
    }

    private static Path criu() {
        Path prefixed = Path.of("/opt/caravan/bin/criu");
        String named = System.getenv("CARAVAN_CRIU");
        return named != null ? Path.of(named) : Files.isExecutable(prefixed) ? prefixed : Path.of("criu");
    }
}
