package dev.caravan.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.machine.Machine;
import java.nio.file.Files;
import java.nio.file.Path;
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

    @Override
    public void beforeAll(ExtensionContext context) {
        Machine.require("ip", "nft", "runc", "swtpm", "swtpm_setup", "redis-server", "nsenter", "setsid", "gcc",
                "mount", "chromium", "chromedriver");
        if (!Files.isExecutable(Path.of("/opt/caravan/bin/criu"))) {
            Machine.require("criu");
        }
        assertThat(TestLab.jar()).as("what 'mvn package' makes").exists();
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
