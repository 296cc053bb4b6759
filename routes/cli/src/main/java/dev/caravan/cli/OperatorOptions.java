package dev.caravan.cli;

import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of every command that talks to agents. */
final class OperatorOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--config", paramLabel = "FILE", description = "Operator configuration. Default: $CARAVAN_CONFIG, ~/.config/caravan/operator.properties, "
            + "or that of a running lab.")
    private Path config;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Option(names = "--answer-within", paramLabel = "SECONDS", defaultValue = "10", description = "How long to wait for agents' answers (default: ${DEFAULT-VALUE}).")
    private int answerWithin;

    boolean json() {
        return json;
    }

    Duration answerWithin() {
        return Duration.ofSeconds(answerWithin);
    }

    OperatorConfiguration configuration() {
        return OperatorConfiguration.read(config);
    }

    OperatorClient connect() {
        return connect(configuration());
    }

    OperatorClient connect(OperatorConfiguration configuration) {
        return new OperatorClient(configuration, command.commandLine().getErr()::println);
    }
}
