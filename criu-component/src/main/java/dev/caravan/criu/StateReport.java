package dev.caravan.criu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;

/** What an OCI runtime's {@code state} command prints (OCI runtime specification, "State"). */
final class StateReport {

    private static final ObjectMapper JSON = new ObjectMapper();

    private StateReport() {
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
