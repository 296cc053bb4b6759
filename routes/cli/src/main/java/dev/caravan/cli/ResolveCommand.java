package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caravan.query.OperatorQuery;
import dev.caravan.query.OperatorQuery.Runs;
import java.io.Console;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Settles a migration in doubt by what a person has seen: where the container goes on. */
@Command(name = "resolve", mixinStandardHelpOptions = true, description = {
        "Settle a migration in doubt, as after the loss of a host: say where the container goes on.",
        "Says what will be done, and asks."}, footerHeading = "%nExamples:%n", footer = {
                "  caravan resolve 2f1c0a66-6d0b-4a53-9d0c-0a2f6a1f3b11 --source-runs",
                "  caravan resolve 2f1c0a66-6d0b-4a53-9d0c-0a2f6a1f3b11 --destination-runs --yes"})
public final class ResolveCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
    @Mixin
    private OperatorOptions options;
    @Parameters(paramLabel = "MIGRATION", description = "The migration's identity.")
    private UUID migration;
    @ArgGroup(multiplicity = "1")
    private Where where;
    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    /** One of the two. */
    static final class Where {
        @Option(names = "--source-runs", required = true, description = "The destination's copy is dead for good: the source's goes on.")
        private boolean source;
        @Option(names = "--destination-runs", required = true, description = "The source's copy is dead for good: the destination's goes on.")
        private boolean destination;
    }

    @Override
    public Integer call() {
        Runs runs = where.source ? Runs.SOURCE : Runs.DESTINATION;
        try (OperatorClient client = options.connect()) {
            Answers status = client.ask(OperatorQuery.of(OperatorQuery.Kind.STATUS, null, migration),
                    options.answerWithin());
            Resolution resolution = new Resolution(runs, status.requireVerified().stream()
                    .flatMap(answer -> StreamSupport.stream(answer.data().path("result").spliterator(), false))
                    .toList());
            resolution.refusal().ifPresent(reason -> {
                throw new CommandFailed(CommandFailed.USAGE, reason);
            });
            confirm(resolution.words());
            return tell(client.ask(OperatorQuery.resolve(migration, runs), options.answerWithin()));
        }
    }

    private void confirm(List<String> words) {
        words.forEach(spec.commandLine().getErr()::println);
        spec.commandLine().getErr().flush();
        if (yes) {
            return;
        }
        Console console = System.console();
        if (console == null) {
            throw new CommandFailed(CommandFailed.USAGE,
                    "there is no terminal to ask at; nothing was done. Add --yes if that is what you want");
        }
        if (!"yes".equals(console.readLine("Type 'yes' to go on: "))) {
            throw new CommandFailed(CommandFailed.FAILED, "nothing was done");
        }
    }

    private int tell(Answers answers) {
        ArrayNode rows = JsonNodeFactory.instance.arrayNode();
        boolean accepted = false;
        for (HeardEvent answer : answers.requireVerified()) {
            JsonNode result = answer.data().path("result");
            if (result.path("accepted").asBoolean() || result.has("reason")) {
                rows.add(answer.marked(result));
                accepted |= result.path("accepted").asBoolean();
                if (!options.json()) {
                    spec.commandLine().getOut().println(answer.speaker() + ": " + (result.path("accepted").asBoolean()
                            ? "settles it; 'caravan status " + migration + "' says how far it is"
                            : result.path("reason").asText()));
                }
            }
        }
        if (options.json()) {
            spec.commandLine().getOut().println(rows);
        }
        return accepted ? 0 : CommandFailed.FAILED;
    }
}
