package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.query.OperatorQuery;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Ends a migration that has not committed; the container goes on at the source. */
@Command(name = "cancel", mixinStandardHelpOptions = true, description = "End a migration that has not committed; the container goes on at the source.", footerHeading = "%nExample:%n", footer = "  caravan cancel 2f1c0a66-6d0b-4a53-9d0c-0a2f6a1f3b11")
public final class CancelCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
    @Mixin
    private OperatorOptions options;
    @Parameters(paramLabel = "MIGRATION", description = "The migration's identity.")
    private UUID migration;

    @Override
    public Integer call() {
        try (OperatorClient client = options.connect()) {
            Answers answers = client.ask(OperatorQuery.of(OperatorQuery.Kind.CANCEL, null, migration),
                    options.answerWithin());
            for (HeardEvent answer : answers.requireVerified()) {
                JsonNode result = answer.data().path("result");
                if (result.path("accepted").asBoolean()) {
                    spec.commandLine().getOut().println(options.json()
                            ? answer.marked(result).toString()
                            : "Migration " + migration + " is ending, says " + answer.speaker() + ".");
                    return 0;
                }
                if (result.has("reason")) {
                    throw new CommandFailed(CommandFailed.FAILED, result.path("reason").asText());
                }
            }
            throw new CommandFailed(CommandFailed.USAGE,
                    "no host that answered is the source of migration " + migration + "; 'caravan status' lists all");
        }
    }
}
