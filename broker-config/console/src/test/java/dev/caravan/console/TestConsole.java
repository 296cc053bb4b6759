package dev.caravan.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;

/** A console on a free port for one agent, alpha; anna may log in. */
final class TestConsole implements AutoCloseable {
    static final String USER = "anna";
    static final String PASSWORD = "only for tests";

    private final ServletWebServerApplicationContext context;

    private final String scheme;

    /** @param more further settings, one a line */
    TestConsole(Path directory, String agentUrl, String... more) throws IOException {
        Path settings = settings(directory, agentUrl);
        Files.writeString(settings, "\n" + String.join("\n", more), StandardOpenOption.APPEND);
        ConsoleConfiguration configuration = ConsoleConfiguration.read(settings);
        scheme = configuration.keyStore() == null ? "http" : "https";
        context = (ServletWebServerApplicationContext) ConsoleApplication.start(configuration);
    }

    static Path settings(Path directory, String agentUrl) throws IOException {
        return Files.writeString(directory.resolve("console.properties"), String.join("\n",
                "caravan.console.bind=127.0.0.1:0", "caravan.console.user=" + USER,
                "caravan.console.password-file=" + secret(directory.resolve("console.password"), PASSWORD),
                "caravan.jolokia.user=" + TestAgent.USER,
                "caravan.jolokia.password-file=" + secret(directory.resolve("jolokia.password"), TestAgent.PASSWORD),
                "caravan.console.agent.alpha=" + agentUrl));
    }

    static Path secret(Path file, String content) throws IOException {
        Files.writeString(file, content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    String url() {
        return scheme + "://127.0.0.1:" + context.getWebServer().getPort();
    }

    @Override
    public void close() {
        context.close();
    }
}
