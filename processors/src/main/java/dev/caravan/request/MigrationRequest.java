package dev.caravan.request;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A request to move a container, as {@code schema/migration-request.schema.json} has it.
 *
 * @param id          identity of the migration; a request of an identity that was acted on is ignored
 * @param container   the container's name
 * @param source      the platform that it runs on
 * @param destination the platform that it goes to
 * @param mode        {@code stopcopy}
 * @param issuedAt    when the request was made
 * @param expiresAt   from when on it must not be started
 */
public record MigrationRequest(UUID id, String container, String source, String destination, String mode,
        Instant issuedAt, Instant expiresAt) {

    /** A longer request is refused before it is parsed. */
    public static final int MAX_BYTES = 16 * 1024;
    /** How long a request of the command line may wait to be started. */
    public static final Duration DEFAULT_LIFETIME = Duration.ofMinutes(2);

    private static final Duration MAX_LIFETIME = Duration.ofDays(1);
    private static final Duration SKEW = Duration.ofMinutes(5);
    private static final ObjectMapper JSON = JsonMapper.builder().addModule(new JavaTimeModule())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS).build();
    private static final JsonSchema SCHEMA = schema();

    /**
     * Reads a request.
     *
     * @throws RequestRejected naming the field, its value and what is allowed
     */
    public static MigrationRequest parse(byte[] json) {
        if (json.length > MAX_BYTES) {
            throw bad("the request has " + json.length + " bytes; at most " + MAX_BYTES + " are allowed", null);
        }
        JsonNode node;
        try {
            node = JSON.readTree(json);
        } catch (IOException e) {
            throw bad("the request is not JSON: " + e.getMessage().lines().findFirst().orElse(""), e);
        }
        if (node == null) {
            throw bad("the request is empty", null);
        }
        String faults = SCHEMA.validate(node).stream().map(fault -> describe(fault, node)).sorted()
                .collect(Collectors.joining("; "));
        if (!faults.isEmpty()) {
            throw bad(faults, null);
        }
        try {
            MigrationRequest request = JSON.treeToValue(node, MigrationRequest.class);
            request.requireSense();
            return request;
        } catch (IOException e) {
            throw bad("the request is malformed: " + e.getMessage().lines().findFirst().orElse(""), e);
        }
    }

    private void requireSense() {
        if (source.equals(destination)) {
            throw new RequestRejected("same-host",
                    "destination is \"" + destination + "\", which is the source too; it must be another platform");
        }
        if (!expiresAt.isAfter(issuedAt) || Duration.between(issuedAt, expiresAt).compareTo(MAX_LIFETIME) > 0) {
            throw bad("expiresAt is " + expiresAt + "; it must be after issuedAt (" + issuedAt + "), by at most a day",
                    null);
        }
    }

    /** Requires that the request may be started now. */
    public void requireCurrent() {
        Instant now = Instant.now();
        if (now.isAfter(expiresAt)) {
            throw new RequestRejected("expired", "expiresAt is " + expiresAt + ", it is " + now + " now: ask again");
        }
        if (issuedAt.isAfter(now.plus(SKEW))) {
            throw bad("issuedAt is " + issuedAt + ", in the future: it is " + now + " now; compare the clocks", null);
        }
    }

    public byte[] toJson() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (IOException e) {
            throw new IllegalStateException("a request can always be written", e);
        }
    }

    private static String describe(ValidationMessage fault, JsonNode request) {
        String pointer = fault.getInstanceLocation().toString().replaceFirst("^\\$\\.?", "");
        JsonNode value = pointer.isEmpty() ? null : request.path(pointer);
        String message = fault.getMessage().replaceFirst("^\\$[^:]*: ", "");
        return pointer.isEmpty() ? message : pointer + " is " + shortened(value) + ": " + message;
    }

    private static String shortened(JsonNode value) {
        String text = String.valueOf(value);
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }

    private static RequestRejected bad(String reason, Throwable cause) {
        return new RequestRejected("bad-request", reason, cause);
    }

    private static JsonSchema schema() {
        try (InputStream in = MigrationRequest.class.getResourceAsStream("/schema/migration-request.schema.json")) {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(in);
        } catch (IOException e) {
            throw new IllegalStateException("the schema is part of the jar", e);
        }
    }
}
