package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caravan.query.OperatorQuery;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what the journals hold of a migration, or of all. */
@Command(name = "status", mixinStandardHelpOptions = true, description = "Say what the hosts' journals hold of a migration, or of all.", footerHeading = "%nExamples:%n", footer = {
        "  caravan status", "  caravan status 2f1c0a66-6d0b-4a53-9d0c-0a2f6a1f3b11 --json"})
public final class StatusCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
    @Mixin
    private OperatorOptions options;
    @Parameters(paramLabel = "MIGRATION", arity = "0..1", description = "The migration's identity.")
    private UUID migration;

    @Override
    public Integer call() {
        try (OperatorClient client = options.connect()) {
            Answers answers = client.ask(OperatorQuery.of(OperatorQuery.Kind.STATUS, null, migration),
                    options.answerWithin());
            ArrayNode rows = JsonNodeFactory.instance.arrayNode();
            Table table = new Table("MIGRATION", "HOST", "ROLE", "CONTAINER", "FROM", "TO", "STAGE", "VERIFIED",
                    "REASON");
            for (JsonNode row : answers.rows()) {
                rows.add(row);
                table.row(row.path("migrationId").asText(), row.path("host").asText(), row.path("role").asText(),
                        row.path("container").asText(), row.path("source").asText(),
                        row.path("destination").asText(), row.path("stage").asText(), Answers.mark(row),
                        row.path("reason").asText());
            }
            if (migration != null && rows.isEmpty()) {
                throw new CommandFailed(CommandFailed.USAGE,
                        "no host that answered knows migration " + migration + "; 'caravan status' lists all");
            }
            spec.commandLine().getOut().println(options.json() ? rows.toString() : table + Answers.discrepancies(rows));
            return answers.verified().isEmpty() ? CommandFailed.REFUSED : 0;
        }
    }
}
