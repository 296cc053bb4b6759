package dev.caravan.recorded;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlType;
import dev.caravan.event.MigrationReport.Side;
import dev.caravan.session.SessionKey;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.BatchSealer;
import dev.caravan.stream.Direction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Records what a migration that goes well does not show: the control messages of those that do not, and batches whose key
 * is known. Runs only when it is asked for by its name, see README.md beside the recordings.
 */
class MessageRecorder {
    private static final UUID MIGRATION = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path target = Path.of(System.getProperty("caravan.recording"));

    @Test
    void recordControlMessages() throws IOException {
        Reason reason = new Reason("no-room", "beta has no room for web", false,
                new Side("affirming", List.of("certified by its owner as alpha")));
        List<String> messages = List.of(message(ControlType.ABORT, reason),
                message(ControlType.ABORT, new Reason("cancelled", "an operator asked for it", true, null)),
                message(ControlType.LOST, new Reason("lost", "web does not run here", false, null)),
                message(ControlType.QUERY, null));
        JSON.writeValue(target.resolve("control.json").toFile(), messages);
    }

    private static String message(ControlType type, Object body) {
        return new String(ControlCodec.encode(ControlCodec.message(type, MIGRATION, "beta", "alpha", body)),
                StandardCharsets.UTF_8);
    }

    @Test
    void recordBatches() throws IOException {
        byte[] key = new byte[SessionKey.BYTES];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (3 * i);
        }
        List<Map<String, Object>> batches = new ArrayList<>();
        try (BatchSealer sealer = new BatchSealer(new SessionKey(key.clone()), MIGRATION, Direction.TO_DESTINATION)) {
            for (BatchKind kind : BatchKind.values()) {
                byte[] plain = kind.name().repeat(kind == BatchKind.CHUNKS ? 20_000 : 3)
                        .getBytes(StandardCharsets.UTF_8);
                batches.add(Map.of("kind", kind.name(), "plain", new String(plain, StandardCharsets.UTF_8).substring(0,
                        kind.name().length()), "plainBytes", plain.length, "wire",
                        sealer.seal(kind, 1, false, plain, 0, plain.length).wire()));
            }
        }
        JSON.writeValue(target.resolve("batches.json").toFile(),
                Map.of("key", key, "migration", MIGRATION.toString(), "batches", batches));
    }
}
