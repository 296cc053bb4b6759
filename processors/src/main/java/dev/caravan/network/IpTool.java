package dev.caravan.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.command.Command;
import dev.caravan.command.CommandRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code ip} and {@code nft}, here or in a container's network namespace. */
final class IpTool {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final CommandRunner commands;

    IpTool(CommandRunner commands) {
        this.commands = commands;
    }

    /** Runs a program in this namespace. */
    byte[] here(String input, String... arguments) throws IOException {
        return run(Arrays.asList(arguments), input);
    }

    /**
     * Runs a program in the network namespace at a path and in every other namespace of this process;
     * {@code ip netns exec} would hide the cgroup mounts, and needs a name.
     */
    byte[] in(Path namespace, String input, String... arguments) throws IOException {
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
    static List<JsonNode> parse(byte[] output) throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        JSON.readTree(output).forEach(objects::add);
        return objects;
    }

    private byte[] run(List<String> arguments, String input) throws IOException {
        return commands.run(new Command(arguments, input.getBytes(StandardCharsets.UTF_8), TIMEOUT));
    }
}
