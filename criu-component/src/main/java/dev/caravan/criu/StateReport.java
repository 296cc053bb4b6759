package dev.caravan.criu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;

/** What the OCI runtime specification says of a container: its "State", as a runtime prints it, and its bundle. */
final class StateReport {

    private static final int MAX_CONFIG = 16 * 1024 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    private StateReport() {
    }

    /** Whether a bundle's first process has a terminal; not if that cannot be read. */
    static boolean terminal(Path bundle) {
        try (InputStream config = Files.newInputStream(bundle.resolve("config.json"))) {
            return JSON.readTree(config.readNBytes(MAX_CONFIG)).path("process").path("terminal").asBoolean();
        } catch (IOException e) {
            return false;
        }
    }

    static ContainerState parse(String id, String json) {
        try {
            JsonNode state = JSON.readTree(json);
            String status = state.path("status").asText().toUpperCase(Locale.ROOT);
            return new ContainerState(id, ContainerState.Status.valueOf(status), state.path("pid").asInt(),
                    Path.of(state.path("bundle").asText()));
        } catch (JsonProcessingException | InvalidPathException e) {
            throw new CannotControl(id, "runc's answer cannot be read", e);
        } catch (IllegalArgumentException e) {
            throw new CannotControl(id, "It is neither created nor running, paused or stopped", e);
        }
    }
}
