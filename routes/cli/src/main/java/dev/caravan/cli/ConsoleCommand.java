package dev.caravan.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the Hawtio console, which is a program of its own. */
@Command(name = "console", mixinStandardHelpOptions = true, description = "Run the Hawtio console until stopped.", footerHeading = "%nExample:%n", footer = "  caravan console --config /etc/caravan/console.properties")
public final class ConsoleCommand implements Callable<Integer> {
    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The console's configuration.")
    private Path config;

    @Override
    public Integer call() throws IOException, InterruptedException, URISyntaxException {
        Path own = Path.of(Caravan.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path jar = own.resolve("../../../../broker-config/console/target/caravan-console.jar").normalize();
        if (!Files.isReadable(jar)) {
            jar = own.resolveSibling("caravan-console.jar");
        }
        if (!Files.isReadable(jar)) {
            throw new CommandFailed(CommandFailed.ENVIRONMENT,
                    "caravan-console.jar is not beside " + own + "; build it with 'mvn package'");
        }
        Process console = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.serialFilter=!*", "-Dcaravan.console.config=" + config.toAbsolutePath(), "-jar", jar.toString()))
                .inheritIO().start();
        Runtime.getRuntime().addShutdownHook(new Thread(console::destroy));
        return console.waitFor();
    }
}
