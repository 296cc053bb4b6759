package dev.caravan.lab;

import dev.caravan.criu.Command;
import dev.caravan.criu.CommandExecutor;
import dev.caravan.criu.CommandOutcome;
import dev.caravan.criu.LocalExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/** Runs programs of this machine to their end, found on the system's path too. */
final class Program {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int MAX_OUTPUT = 1 << 20;
    private static final String SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private Program() {
    }

    /**
     * Runs a program that must succeed.
     *
     * @return what it printed to its standard output
     * @throws LabFailed with what it printed if it fails
     */
    static String run(String... command) {
        return feed("", command);
    }

    /** Runs a program that must succeed, with {@code input} at its standard input. */
    static String feed(String input, String... command) {
        CommandOutcome outcome = attempt(command(List.of(command), MAX_OUTPUT).withInput(input));
        if (!outcome.succeeded()) {
            throw new LabFailed(String.join(" ", command) + " failed: " + said(outcome));
        }
        return outcome.output();
    }

    /** Runs a program that may fail. */
    static CommandOutcome attempt(String... command) {
        return attempt(command(List.of(command), MAX_OUTPUT));
    }

    /** Runs a program with nothing but {@code /dev/null} to read and write, as a container inherits it. */
    static int silently(List<String> command) {
        return attempt(command(command, 0)).exit();
    }

    /** All that a person may want to read of a program that failed. */
    static String said(CommandOutcome outcome) {
        return (outcome.errors().strip() + "\n" + outcome.output().strip()).strip();
    }

    private static Command command(List<String> command, int captured) {
        return new Command(command, Map.of(), PATIENCE, captured);
    }

    private static CommandOutcome attempt(Command command) {
        String program = command.arguments().get(0);
        try {
            return onSystemPath(new LocalExecutor()).run(command);
        } catch (IOException e) {
            throw new LabFailed("cannot start " + program + ": " + e.getMessage()
                    + "; ./caravan setup installs what is missing", e);
        } catch (TimeoutException e) {
            throw new LabFailed(String.join(" ", command.arguments()) + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabFailed("interrupted while " + program + " ran", e);
        }
    }

    /** Finds programs on the system's path too, and lets them find others there. */
    static CommandExecutor onSystemPath(CommandExecutor executor) {
        return command -> {
            Map<String, String> environment = new HashMap<>(command.environment());
            environment.put("PATH", path());
            return executor.run(new Command(found(command.arguments()), environment, command.timeout(),
                    command.captured(), command.killsDescendants(), command.input()));
        };
    }

    /** A builder for a program that outlives this one. */
    static ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(found(command));
        builder.environment().put("PATH", path());
        return builder;
    }

    private static List<String> found(List<String> command) {
        List<String> found = new ArrayList<>(command);
        find(command.get(0)).ifPresent(program -> found.set(0, program.toString()));
        return found;
    }

    private static String path() {
        String inherited = System.getenv("PATH");
        return inherited == null ? SYSTEM_PATH : inherited + ":" + SYSTEM_PATH;
    }

    /** Where {@code program} is on this machine. */
    static Optional<Path> find(String program) {
        if (program.contains("/")) {
            return Optional.of(Path.of(program)).filter(Files::isExecutable);
        }
        return List.of(path().split(":")).stream().filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory, program))
                .filter(file -> Files.isExecutable(file) && !Files.isDirectory(file)).findFirst();
    }
}
