package dev.caravan.cli;

import dev.caravan.agent.AgentApplication;
import dev.caravan.agent.AgentConfiguration;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the agent of a platform. */
@Command(name = "agent", mixinStandardHelpOptions = true, description = "Run the agent of a platform until stopped.", footerHeading = "%nExample:%n", footer = "  caravan agent --config /etc/caravan/agent.properties")
public final class AgentCommand implements Callable<Integer> {
    @Option(names = "--config", required = true, paramLabel = "FILE", description = "The agent's configuration.")
    private Path config;

    @Override
    public Integer call() throws Exception {
        Logging.service();
        AgentApplication agent = new AgentApplication(AgentConfiguration.read(config));
        agent.start();
        Services.serve(agent);
        return 0;
    }
}
