package dev.caravan.criu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What runc's own state file says of a container. Reading it costs a thousandth of a call of runc; it is only read.
 *
 * @param pid
 *            its first process as the host counts
 * @param freezer
 *            the cgroup by which its processes are frozen
 * @param bundle
 *            the directory of its {@code config.json}
 */
record RuncState(int pid, Path freezer, Path bundle) {

    private static final int MAX_STATE = 16 * 1024 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @return the state; empty if there is none, or it is written in a way that this class does not know: then runc
     *         itself must be asked
     */
    static Optional<RuncState> read(Path root, String id) {
        Path file = root.resolve(id).resolve("state.json");
        try (InputStream in = Files.newInputStream(file)) {
            return parse(in.readNBytes(MAX_STATE));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static Optional<RuncState> parse(byte[] json) {
        try {
            JsonNode state = JSON.readTree(json);
            JsonNode paths = state.path("cgroup_paths");
            // cgroup v1 names its freezer; version 2 has one hierarchy, under the empty name
            JsonNode path = paths.has("freezer") ? paths.path("freezer") : paths.path("");
            int pid = state.path("init_process_pid").asInt();
            String bundle = label(state.path("config").path("labels"), "bundle=");
            if (bundle == null || pid <= 1 || !path.isTextual() || !path.asText().startsWith("/")) {
                return Optional.empty();
            }
            return Optional.of(new RuncState(pid, Path.of(path.asText()).normalize(), Path.of(bundle)));
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static String label(JsonNode labels, String start) {
        for (JsonNode label : labels) {
            if (label.asText().startsWith(start)) {
                return label.asText().substring(start.length());
            }
        }
        return null;
    }
}
