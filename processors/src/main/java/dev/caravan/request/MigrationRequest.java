package dev.caravan.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.caravan.wire.ClockDifference;
import dev.caravan.wire.Excerpt;
import dev.caravan.wire.Form;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final int FAULTS_NAMED = 4;
    private static final int FAULT_CHARACTERS = 220;
    private static final int ID_CHARACTERS = 100;
    private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*\"([^\"\\\\]{1," + ID_CHARACTERS + "})\"");
    /** How the schema says that nothing follows: {@code $} would let a line end pass. */
    private static final String END = "(?![\\s\\S])";
    private static final JsonSchema SCHEMA = schema();

    /**
     * Reads a request.
     *
     * @throws RequestRejected naming the field, its value and what is allowed
     */
    public static MigrationRequest parse(byte[] json) {
        if (json.length > MAX_BYTES) {
            throw bad("the request has " + json.length + " bytes; at most " + MAX_BYTES, null);
        }
        JsonNode node;
        try {
            node = WireJson.tree(json);
        } catch (MalformedJson e) {
            throw bad("the request cannot be read: " + e.getMessage(), e);
        }
        requireForm(node);
        requireSchema(node);
        try {
            MigrationRequest request = WireJson.value(node, MigrationRequest.class);
            request.requireSense();
            return request;
        } catch (MalformedJson e) {
            throw bad(e.getMessage(), e);
        }
    }

    /**
     * What a request says that its identity is, as its sender wrote it, whether or not it is a request at all: so that
     * whoever sent it finds the answer. Null if it says nothing of the kind.
     */
    public static String claimedId(byte[] request) {
        byte[] bounded = Arrays.copyOf(request, Math.min(request.length, MAX_BYTES));
        String claimed = null;
        try {
            claimed = WireJson.tree(bounded).path("id").asText(null);
        } catch (MalformedJson e) {
            Matcher id = ID.matcher(new String(bounded, StandardCharsets.UTF_8));
            if (id.find()) {
                claimed = id.group(1);
            }
        }
        return claimed == null || claimed.isEmpty() || claimed.length() > ID_CHARACTERS ? null : claimed;
    }

    private static void requireForm(JsonNode node) {
        try {
            Form.require(node, "the request");
        } catch (MalformedJson e) {
            throw bad(e.getMessage(), e);
        }
    }

    private static void requireSchema(JsonNode node) {
        List<String> faults = SCHEMA.validate(node).stream().map(fault -> Excerpt.of(describe(fault, node),
                FAULT_CHARACTERS)).sorted().toList();
        if (!faults.isEmpty()) {
            String named = faults.stream().limit(FAULTS_NAMED).collect(Collectors.joining("; "));
            int more = faults.size() - FAULTS_NAMED;
            throw bad(more > 0 ? named + "; and " + more + " more" : named, null);
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

    /**
     * Requires, at the source, that the request may be started now. Its times are by the clock of whoever asked, who makes
     * up for a difference, or leaves more time.
     *
     * @param now by the source's clock
     */
    public void requireCurrent(Instant now) {
        if (now.isAfter(expiresAt)) {
            throw new RequestRejected("expired", "expiresAt is " + expiresAt + ", and at " + source + " it is " + now
                    + ", " + Duration.between(expiresAt, now).toSeconds()
                    + " s later: ask again. If the request did not"
                    + " wait so long, the clock of whoever asked is behind that of " + source
                    + ": set both by NTP, or set expiresAt as much later");
        }
        requireIssued(source, now, "");
    }

    private void requireIssued(String platform, Instant now, String difference) {
        if (issuedAt.isAfter(now.plus(ClockDifference.ALLOWED))) {
            throw bad("issuedAt is " + issuedAt + ", and at " + platform + " it is " + now + ", "
                    + Duration.between(now, issuedAt).toSeconds() + " s earlier; " + ClockDifference.ALLOWED.toMinutes()
                    + " minutes are allowed: set the clocks by NTP" + difference, null);
        }
    }

    /**
     * Requires, at the destination, that the source may have begun just now.
     *
     * @param platform the destination
     * @param sentAt   when the source offered it, by the source's clock
     * @param now      by the destination's clock
     */
    public void requireFresh(String platform, Instant sentAt, Instant now) {
        if (now.isAfter(expiresAt.plus(ClockDifference.ALLOWED))) {
            throw new RequestRejected("expired", "expiresAt is " + expiresAt + ", and at " + platform + " it is " + now
                    + ", " + Duration.between(expiresAt, now).toSeconds() + " s later; "
                    + ClockDifference.ALLOWED.toMinutes() + " minutes are allowed: ask again"
                    + difference(platform, sentAt, now));
        }
        requireIssued(platform, now, difference(platform, sentAt, now));
    }

    /** From when on no platform acts on the request, whatever its clock within the difference that is allowed. */
    public Instant isVoidFrom() {
        return expiresAt.plus(ClockDifference.ALLOWED.multipliedBy(2));
    }

    private String difference(String platform, Instant sentAt, Instant now) {
        if (sentAt == null || Duration.between(sentAt, now).abs().compareTo(ClockDifference.ALLOWED) < 0) {
            return "";
        }
        long seconds = Duration.between(sentAt, now).toSeconds();
        return ". " + source + " offered it at " + sentAt + " by its own clock, " + Math.abs(seconds) + " s "
                + (seconds < 0 ? "after" : "before") + " it came to " + platform
                + ": if it was not on its way so long, set the clocks of the two by NTP";
    }

    public byte[] toJson() {
        return WireJson.write(this);
    }

    private static String describe(ValidationMessage fault, JsonNode request) {
        String pointer = fault.getInstanceLocation().toString().replaceFirst("^\\$\\.?", "");
        String message = fault.getMessage().replaceFirst("^\\$[^:]*: ", "").replace(END, "");
        return pointer.isEmpty() ? message : pointer + " is " + Excerpt.value(request.path(pointer)) + ": " + message;
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
