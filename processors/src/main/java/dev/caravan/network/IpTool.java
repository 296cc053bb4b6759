package dev.caravan.network;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.criu.Command;
import dev.caravan.criu.CommandExecutor;
import dev.caravan.criu.CommandOutcome;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** {@code ip} and {@code nft}, here or in a container's network namespace. */
final class IpTool {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    /** The links of some thousands of containers; of longer lists the end is no JSON, and the step fails. */
    private static final int MAX_OUTPUT = 8 << 20;
    private static final int MAX_COMPLAINT_LINES = 3;
    /** So that what they print can be read. */
    private static final Map<String, String> ENVIRONMENT = Map.of("LC_ALL", "C");

    private final CommandExecutor commands;

    IpTool(CommandExecutor commands) {
        this.commands = commands;
    }

    /** Runs a program in this namespace. */
    String here(String input, String... arguments) throws IOException {
        return run(Arrays.asList(arguments), input);
    }

    /**
     * Runs a program in the network namespace at a path and in every other namespace of this process;
     * {@code ip netns exec} would hide the cgroup mounts, and needs a name.
     */
    String in(Path namespace, String input, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net=" + namespace, "--"));
        all.addAll(Arrays.asList(arguments));
        return run(all, input);
    }

    /** One {@code ip} for many lines; it stops at the first that fails. */
    static String[] batch() {
        return new String[]{"ip", "-batch", "-"};
    }

    /** The objects that {@code ip -j} lists here. */
    List<JsonNode> list(String... arguments) throws IOException {
        return parse(here("", arguments));
    }

    /** The objects that {@code ip -j} lists in a namespace. */
    List<JsonNode> listIn(Path namespace, String... arguments) throws IOException {
        return parse(in(namespace, "", arguments));
    }

    /** The array that {@code ip -j} printed; old versions print nothing for an empty one. */
    static List<JsonNode> parse(String output) throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        if (!output.isBlank()) {
            WireJson.tree(output.getBytes(StandardCharsets.UTF_8)).forEach(objects::add);
        }
        return objects;
    }

    private String run(List<String> arguments, String input) throws IOException {
        String command = String.join(" ", arguments);
        try {
            CommandOutcome outcome = commands
                    .run(new Command(arguments, ENVIRONMENT, TIMEOUT, MAX_OUTPUT).withInput(input));
            if (!outcome.succeeded()) {
                throw new NetworkFailed(command + " failed with status " + outcome.exit() + ": "
                        + outcome.errors().strip().lines().limit(MAX_COMPLAINT_LINES)
                                .collect(Collectors.joining("; ")));
            }
            return outcome.output();
        } catch (TimeoutException e) {
            throw new NetworkFailed(command + " failed: no end within " + TIMEOUT.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + command);
        }
    }
}
