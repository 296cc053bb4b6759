package dev.caravan.cli;

import dev.caravan.event.MigrationEvents;
import dev.caravan.lab.Lab;
import dev.caravan.lab.LabContainer;
import dev.caravan.lab.LabFailed;
import dev.caravan.lab.LabPlan;
import dev.caravan.lab.LabStatus;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Hosts on this machine, to try things out. */
@Command(name = "lab", mixinStandardHelpOptions = true, description = "Two attested hosts on this machine, with broker, authorities and console.", footerHeading = "%nExamples:%n", footer = {
        "  caravan lab up", "  caravan lab run web", "  caravan migrate web --to beta", "  caravan lab down"})
public final class LabCommand {
    @Spec
    private CommandSpec spec;

    /** Starts the lab. */
    @Command(name = "up", mixinStandardHelpOptions = true, description = "Start the lab, or what of it has died.")
    int up() {
        PrintWriter out = spec.commandLine().getOut();
        Lab lab = lab(out);
        work(lab::up);
        out.println("Up: " + String.join(", ", lab.plan().hosts()) + ".");
        if (lab.consoleUrl() != null) {
            out.println("Console: " + lab.consoleUrl() + ", user caravan, password in " + lab.consolePassword());
        }
        out.flush();
        return 0;
    }

    /** Removes the lab. */
    @Command(name = "down", mixinStandardHelpOptions = true, description = "Remove every trace of the lab.")
    int down() {
        work(lab(spec.commandLine().getOut())::down);
        return 0;
    }

    /** Shows the lab. */
    @Command(name = "status", mixinStandardHelpOptions = true, description = "Show the lab's processes and containers. Exit code 4 unless everything runs.")
    int status(@Option(names = "--json", description = "Print the result as JSON.") boolean json) {
        LabStatus status = lab(spec.commandLine().getOut()).status();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(MigrationEvents.toJson(status));
        } else {
            out.println("The lab is " + status.state().name().toLowerCase(Locale.ROOT) + ".");
            Table processes = new Table("PROCESS", "PID", "READY");
            status.processes().forEach(process -> processes.row(process.name(), Long.toString(process.pid()),
                    Boolean.toString(process.ready())));
            out.println(processes);
            Table containers = new Table("HOST", "CONTAINER", "STATUS", "PID", "ADDRESS");
            status.containers().forEach(c -> containers.row(c.host(), c.name(), c.status(), Long.toString(c.pid()),
                    String.valueOf(c.address())));
            out.println(containers);
        }
        return status.state() == LabStatus.State.UP ? 0 : CommandFailed.ENVIRONMENT;
    }

    /** Starts a container. */
    @Command(name = "run", mixinStandardHelpOptions = true, description = "Start a container on a host of the lab, with an address of its own: an OCI bundle, a command "
            + "of this machine with the libraries that it needs, or else a Redis.", footerHeading = "%nExamples:%n", footer = {
                    "  caravan lab run web", "  caravan lab run sleeper --host beta -- /bin/sleep 600",
                    "  caravan lab run mine --bundle ./bundle"})
    int run(@Parameters(paramLabel = "NAME", description = "The container's name.") String name,
            @Option(names = "--host", paramLabel = "HOST", defaultValue = "alpha", description = "Where (default: ${DEFAULT-VALUE}).") String host,
            @Option(names = "--bundle", paramLabel = "DIR", description = "An OCI bundle; it is copied and stays as it is.") Path bundle,
            @Parameters(paramLabel = "CMD", index = "1..*", description = "The command, after --.") List<String> command) {
        LabContainer container = lab(spec.commandLine().getOut()).run(host, name, bundle,
                command == null ? List.of() : command);
        spec.commandLine().getOut().println(container.name() + " runs at " + container.host() + ", address "
                + container.address());
        return 0;
    }

    /** Shows a log. */
    @Command(name = "logs", mixinStandardHelpOptions = true, description = "Show the end of a process's log.")
    int logs(@Parameters(paramLabel = "PROCESS", description = "As 'lab status' names it.") String process,
            @Option(names = "--lines", paramLabel = "N", defaultValue = "100", description = "How many lines (default: ${DEFAULT-VALUE}).") int lines) {
        spec.commandLine().getOut().println(lab(spec.commandLine().getOut()).logs(process, lines));
        return 0;
    }

    private static Lab lab(PrintWriter out) {
        return new Lab(LabPlan.standard(), step -> {
            out.println("… " + step);
            out.flush();
        });
    }

    private static void work(Runnable step) {
        try {
            step.run();
        } catch (LabFailed e) {
            throw new CommandFailed(CommandFailed.ENVIRONMENT, e.getMessage());
        }
    }
}
