package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/**
 * Calls runc. CRIU's further options come from a configuration file named in the environment, which runc hands down and
 * CRIU reads before runc's requests: so it works with any OCI bundle and changes none, whether or not the bundle has an
 * annotation {@code org.criu.config} of its own.
 *
 * @param configuration
 *            where the programs are
 * @param executor
 *            runs them
 */
record RuncProgram(RuncConfiguration configuration, CommandExecutor executor) {

    /** How long a call may take that neither dumps nor restores. */
    static final Duration QUICK = Duration.ofSeconds(30);

    Path root() {
        return configuration.root();
    }

    /** A call of runc, with its log in JSON. */
    List<String> command(Path log, String... arguments) {
        List<String> command = new ArrayList<>(command());
        command.addAll(List.of("--log", log.toString(), "--log-format", "json"));
        command.addAll(List.of(arguments));
        return command;
    }

    private List<String> command() {
        return List.of(configuration.runc().toString(), "--root", root().toString());
    }

    /** What runc that starts a CRIU needs in its environment. */
    Map<String, String> environment(Path options) {
        return Map.of("PATH", configuration.searchPath(), "CRIU_CONFIG_FILE", options.toString());
    }

    /** Runs runc to its end. */
    CommandOutcome runc(String id, String... arguments) {
        List<String> command = new ArrayList<>(command());
        command.addAll(List.of(arguments));
        return run(id, command);
    }

    /** Runs a program to its end, whatever its status. */
    CommandOutcome run(String id, List<String> command) {
        try {
            return executor.run(new Command(command, Map.of("PATH", configuration.searchPath()), QUICK,
                    Command.DEFAULT_CAPTURED));
        } catch (IOException | TimeoutException e) {
            throw new CannotControl(id, command.get(0) + " did not do it: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotControl(id, "It was interrupted", e);
        }
    }
}
