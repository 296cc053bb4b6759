package dev.caravan.lab;

import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Lets a test class run only where a lab can be; on a build server that it cannot is a failure. */
final class RealMachine implements BeforeAllCallback {
    private static final List<String> PROGRAMS = List.of("ip", "nft", "runc", "swtpm", "swtpm_setup", "redis-server",
            "redis-cli", "nsenter", "setsid");

    @Override
    public void beforeAll(ExtensionContext context) {
        List<String> missing = PROGRAMS.stream().filter(program -> Program.find(program).isEmpty()).toList();
        boolean root = System.getProperty("user.name").equals("root");
        String obstacle = !root ? "root" : missing.isEmpty() ? null : String.join(", ", missing);
        if (obstacle != null && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("The lab cannot be tested here, it needs " + obstacle);
        }
        Assumptions.assumeTrue(obstacle == null, () -> "needs " + obstacle);
    }
}
