package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caravan.query.OperatorQuery;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists the containers of the hosts that answer. */
@Command(name = "list", mixinStandardHelpOptions = true, description = "List hosts and their containers.", footerHeading = "%nExamples:%n", footer = {
        "  caravan list", "  caravan list alpha --json"})
public final class ListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
    @Mixin
    private OperatorOptions options;
    @Parameters(paramLabel = "HOST", arity = "0..1", description = "Only this host.")
    private String host;

    @Override
    public Integer call() {
        try (OperatorClient client = options.connect()) {
            Answers answers = client.ask(OperatorQuery.of(OperatorQuery.Kind.LIST, host, null), options.answerWithin());
            ArrayNode rows = JsonNodeFactory.instance.arrayNode();
            Table table = new Table("HOST", "CONTAINER", "STATUS", "PID", "MIGRATION", "VERIFIED");
            for (JsonNode row : answers.rows()) {
                rows.add(row);
                table.row(row.path("host").asText(), row.path("container").asText("-"),
                        row.path("status").asText("-"), row.path("pid").asText("-"),
                        row.path("migration").asText("-"), Answers.mark(row));
            }
            spec.commandLine().getOut().println(options.json() ? rows.toString() : table + Answers.discrepancies(rows));
            return answers.verified().isEmpty() ? CommandFailed.REFUSED : 0;
        }
    }
}
