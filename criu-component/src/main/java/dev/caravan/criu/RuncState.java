package dev.caravan.criu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What runc's own state file says of a container. Reading it costs a thousandth of a call of runc; it is only read.
 *
 * @param pid
 *            its first process as the host counts
 * @param freezer
 *            the cgroup by which its processes are frozen
 */
record RuncState(int pid, Path freezer) {

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
            if (pid <= 1 || !path.isTextual() || !path.asText().startsWith("/")) {
                return Optional.empty();
            }
            return Optional.of(new RuncState(pid, Path.of(path.asText()).normalize()));
        } catch (JsonProcessingException | java.nio.file.InvalidPathException e) {
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
