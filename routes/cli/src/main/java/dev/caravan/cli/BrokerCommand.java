package dev.caravan.cli;

import dev.caravan.agent.ReadyFile;
import dev.caravan.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the embedded broker alone. */
@Command(name = "broker", mixinStandardHelpOptions = true, description = "Run the broker until stopped.", footerHeading = "%nExample:%n", footer = "  caravan broker --config /etc/caravan/broker.properties")
public final class BrokerCommand implements Callable<Integer> {
    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The broker's configuration.")
    private Path config;

    @Override
    public Integer call() throws Exception {
        Logging.service();
        Properties properties = Services.read(config);
        EmbeddedBroker broker = EmbeddedBroker.from(properties);
        broker.start();
        ReadyFile.write(Path.of(properties.getProperty("caravan.run", properties.getProperty("caravan.home"))));
        Services.serve(broker);
        return 0;
    }
}
