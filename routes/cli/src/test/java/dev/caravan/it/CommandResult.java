package dev.caravan.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How a program ended.
 *
 * @param exitCode its exit code
 * @param output   what it wrote to its standard output
 * @param errors   what it wrote to its standard error
 */
record CommandResult(int exitCode, String output, String errors) {

    /** Runs a program, and kills it if it takes longer than {@code seconds}. */
    static CommandResult of(int seconds, List<String> command) {
        try {
            Path output = Files.createTempFile("caravan-it", ".out");
            Path errors = Files.createTempFile("caravan-it", ".err");
            try {
                Process process = new ProcessBuilder(command).redirectOutput(output.toFile())
                        .redirectError(errors.toFile()).start();
                if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError(command + " did not end within " + seconds + " s: "
                            + Files.readString(output) + Files.readString(errors));
                }
                return new CommandResult(process.exitValue(), Files.readString(output), Files.readString(errors));
            } finally {
                Files.delete(output);
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + command, e);
        }
    }

    /** Runs a program that must succeed. */
    static String run(String... command) {
        CommandResult result = of(60, List.of(command));
        if (result.exitCode != 0) {
            throw new AssertionError(String.join(" ", command) + " failed: " + result.errors);
        }
        return result.output;
    }

    /** The output as JSON. */
    JsonNode json() {
        try {
            return new ObjectMapper().readTree(output);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + this, e);
        }
    }
}
