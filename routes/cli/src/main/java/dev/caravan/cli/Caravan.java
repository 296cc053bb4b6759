package dev.caravan.cli;

import dev.caravan.broker.Deserialization;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;

/** The command line of Caravan. Exit codes are those of {@link CommandFailed}, and 0. */
@Command(name = "caravan", mixinStandardHelpOptions = true, versionProvider = VersionCommand.class, sortOptions = false, description = {
        "Live migration of containers between attested hosts.", ""}, subcommands = {MigrateCommand.class,
                ListCommand.class, StatusCommand.class, WatchCommand.class,
                CancelCommand.class, ResolveCommand.class, AttestCommand.class, EnrolCommand.class, AgentCommand.class,
                AuthorityCommand.class, BrokerCommand.class, ConsoleCommand.class, LabCommand.class, DemoCommand.class,
                BenchCommand.class,
                VersionCommand.class, AutoComplete.GenerateCompletion.class,
                HelpCommand.class}, synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n", footerHeading = "%nAlso, by the launcher:%n", footer = {
                        "  setup [--check]      install what is missing; with --check only say what is",
                        "  doctor               say whether this machine can run Caravan, and what to do if not",
                        "  test                 install what is missing and run every test", "",
                        "Exit codes: 0 done, 1 failed and rolled back, 2 usage, 3 refused by policy,",
                        "4 the environment does not fit, 5 in doubt.", "",
                        "Completion: source <(caravan generate-completion)"})
public final class Caravan {
    @Option(names = "--verbose", scope = CommandLine.ScopeType.INHERIT, description = "Show what goes on inside, and stack traces of failures.")
    private boolean verbose;

    public static void main(String[] arguments) {
        Deserialization.forbid();
        System.exit(run(arguments));
    }

    /** Runs a command and returns its exit code. */
    static int run(String... arguments) {
        Caravan caravan = new Caravan();
        CommandLine line = new CommandLine(caravan);
        line.setExecutionStrategy(parsed -> {
            Logging.configure(caravan.verbose);
            return new CommandLine.RunLast().execute(parsed);
        });
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (caravan.verbose) {
                failure.printStackTrace(command.getErr());
            }
            String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
            command.getErr().println(command.getColorScheme().errorText("caravan: " + message));
            return failure instanceof CommandFailed failed ? failed.exitCode() : CommandFailed.FAILED;
        });
        return line.execute(arguments);
    }
}
