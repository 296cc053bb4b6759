package dev.caravan.lab;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs of this machine to their end, without a shell in between. */
final class Program {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int MAX_OUTPUT = 1 << 20;
    private static final String SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /**
     * How a program ended.
     *
     * @param exit       its exit status
     * @param output     what it printed to its standard output, at most 1 MiB
     * @param complaints what it printed to its standard error, at most 1 MiB
     */
    record Outcome(int exit, String output, String complaints) {
        boolean succeeded() {
            return exit == 0;
        }

        /** All that a person may want to read if it failed. */
        String said() {
            return (complaints.strip() + "\n" + output.strip()).strip();
        }
    }

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
        Outcome outcome = attempt(input, PATIENCE, List.of(command));
        if (!outcome.succeeded()) {
            throw new LabFailed(String.join(" ", command) + " failed: " + outcome.said());
        }
        return outcome.output();
    }

    /** Runs a program that may fail. */
    static Outcome attempt(String... command) {
        return attempt("", PATIENCE, List.of(command));
    }

    /** Runs a program with nothing but {@code /dev/null} to read and write, as a container inherits it. */
    static int silently(List<String> command) {
        ProcessBuilder builder = builder(command).redirectInput(Redirect.from(new File("/dev/null")))
                .redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
        try {
            return await(builder.start(), command, PATIENCE);
        } catch (IOException e) {
            throw cannotStart(command, e);
        }
    }

    static Outcome attempt(String input, Duration patience, List<String> command) {
        try {
            Process process = builder(command).start();
            CompletableFuture<String> output = reading(process.getInputStream(), command);
            CompletableFuture<String> complaints = reading(process.getErrorStream(), command);
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // it ended before it read its input: its exit status tells why
            }
            return new Outcome(await(process, command, patience), output.join(), complaints.join());
        } catch (IOException e) {
            throw cannotStart(command, e);
        }
    }

    /** A builder whose program is looked up, and looks others up, on the system's path too. */
    static ProcessBuilder builder(List<String> command) {
        String inherited = System.getenv("PATH");
        String path = inherited == null ? SYSTEM_PATH : inherited + ":" + SYSTEM_PATH;
        List<String> resolved = new ArrayList<>(command);
        find(command.get(0), path).ifPresent(found -> resolved.set(0, found.toString()));
        ProcessBuilder builder = new ProcessBuilder(resolved);
        builder.environment().put("PATH", path);
        return builder;
    }

    /** Where {@code program} is on this machine. */
    static Optional<Path> find(String program) {
        String inherited = System.getenv("PATH");
        return find(program, inherited == null ? SYSTEM_PATH : inherited + ":" + SYSTEM_PATH);
    }

    private static Optional<Path> find(String program, String path) {
        if (program.contains("/")) {
            return Optional.of(Path.of(program)).filter(Files::isExecutable);
        }
        return List.of(path.split(":")).stream().filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory, program))
                .filter(file -> Files.isExecutable(file) && !Files.isDirectory(file)).findFirst();
    }

    private static int await(Process process, List<String> command, Duration patience) {
        try {
            if (process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                return process.exitValue();
            }
            process.destroyForcibly();
            throw new LabFailed(String.join(" ", command) + " did not end within " + patience.toSeconds() + " s");
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new LabFailed("interrupted while " + command.get(0) + " ran", e);
        }
    }

    private static CompletableFuture<String> reading(InputStream stream, List<String> command) {
        return CompletableFuture.supplyAsync(() -> read(stream), task -> {
            Thread reader = new Thread(task, "output-of-" + command.get(0));
            reader.setDaemon(true);
            reader.start();
        });
    }

    private static String read(InputStream stream) {
        try (stream) {
            String start = new String(stream.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
            stream.transferTo(OutputStream.nullOutputStream());
            return start;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LabFailed cannotStart(List<String> command, IOException cause) {
        return new LabFailed("cannot start " + command.get(0) + ": " + cause.getMessage()
                + "; ./caravan setup installs what is missing", cause);
    }
}
