package dev.caravan.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives test classes the one {@link TestLab} of this JVM, started when the first needs it and taken down after the last.
 * Where no lab can be the tests are skipped, and on a build server they fail.
 */
final class RealLab implements BeforeAllCallback, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(RealLab.class);
    private static final List<String> PROGRAMS = List.of("ip", "nft", "runc", "swtpm", "swtpm_setup", "redis-server",
            "nsenter", "setsid", "gcc", "mount", "chromium", "chromedriver");

    @Override
    public void beforeAll(ExtensionContext context) {
        String obstacle = obstacle();
        if (obstacle != null && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("The integration tests cannot run here, they need " + obstacle);
        }
        Assumptions.assumeTrue(obstacle == null, () -> "needs " + obstacle);
    }

    private static String obstacle() {
        if (!System.getProperty("user.name").equals("root")) {
            return "root";
        }
        List<String> missing = PROGRAMS.stream().filter(program -> !onPath(program)).toList();
        if (!missing.isEmpty()) {
            return String.join(", ", missing);
        }
        if (!Files.isExecutable(Path.of("/opt/caravan/bin/criu")) && !onPath("criu")) {
            return "criu";
        }
        return Files.exists(TestLab.jar()) ? null : TestLab.jar() + ", which 'mvn package' makes";
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(d -> Files.isExecutable(Path.of(d, program)));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TestLab.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent(TestLab.class, key -> TestLab.start(),
                TestLab.class);
    }
}
