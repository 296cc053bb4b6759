package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.request.MigrationRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Moves a running container to another host and waits for the end. */
@Command(name = "migrate", mixinStandardHelpOptions = true, description = "Move a running container to another host; its processes and connections go on.", footerHeading = "%nExamples:%n", footer = {
        "  caravan migrate web --to beta", "  caravan migrate web --from alpha --to beta --json",
        "  caravan migrate web --to beta --no-wait", "",
        "Exit codes: 0 it runs at the destination; 1 it failed and runs at the source; 3 refused;",
        "4 no agent answered; 5 in doubt: 'caravan status ID' says where it is."})
public final class MigrateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
    @Mixin
    private OperatorOptions options;

    @Parameters(paramLabel = "CONTAINER", description = "The container's name.")
    private String container;
    @Option(names = "--to", required = true, paramLabel = "HOST", description = "Where it goes.")
    private String destination;
    @Option(names = "--from", paramLabel = "HOST", description = "Where it runs. Default: the agents are asked.")
    private String source;
    @Option(names = "--mode", paramLabel = "MODE", defaultValue = "stopcopy", description = "stopcopy: freeze, send all, hand over (default: ${DEFAULT-VALUE}).")
    private String mode;
    @Option(names = "--no-wait", description = "Only send the request, print its identity and return.")
    private boolean noWait;
    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "600", description = "How long to wait for the end (default: ${DEFAULT-VALUE}).")
    private int timeout;

    @Override
    public Integer call() {
        try (OperatorClient client = options.connect()) {
            String from = source != null ? source : client.hostOf(container, options.answerWithin());
            Instant now = client.timeAt(from);
            MigrationRequest request = new MigrationRequest(UUID.randomUUID(), container, from, destination, mode, now,
                    now.plus(MigrationRequest.DEFAULT_LIFETIME));
            MigrationView view = new MigrationView(spec.commandLine().getOut(), !options.json());
            MigrationWatch watch = client.migrate(request, noWait ? event -> {
            } : view::show);
            if (noWait) {
                spec.commandLine().getOut().println(request.id());
                return 0;
            }
            JsonNode end;
            try {
                end = watch.await(Duration.ofSeconds(timeout));
            } finally {
                view.close();
            }
            if (options.json()) {
                spec.commandLine().getOut().println(end.toString());
            } else {
                MigrationView.summary(end).forEach(spec.commandLine().getOut()::println);
            }
            return exitCode(end);
        }
    }

    /** The exit code that goes with a report or a rejection. */
    static int exitCode(JsonNode end) {
        if (USAGE_ERRORS.contains(end.path("error").asText())) {
            return CommandFailed.USAGE;
        }
        return switch (end.path("outcome").asText()) {
            case "completed" -> 0;
            case "rolled-back", "cancelled" -> CommandFailed.FAILED;
            case "in-doubt" -> CommandFailed.IN_DOUBT;
            case "rejected" -> USAGE_ERRORS.contains(end.path("error").asText())
                    ? CommandFailed.USAGE
                    : CommandFailed.REFUSED;
            default -> CommandFailed.REFUSED;
        };
    }

    /** Rejections that are the caller's mistake, not a matter of policy. */
    private static final List<String> USAGE_ERRORS = List.of("unknown-container", "unknown-host", "same-host",
            "bad-request");
}
