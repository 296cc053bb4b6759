package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * An event as an operator heard it.
 *
 * @param json    the event; what it says is nobody's word unless it is verified
 * @param speaker the platform that signed it, or {@code authority}; null if unverified
 * @param fault   why it is unverified; null if it is verified
 */
record HeardEvent(JsonNode json, String speaker, String fault) {

    boolean verified() {
        return fault == null;
    }

    String type() {
        return json.path("type").asText();
    }

    JsonNode data() {
        return json.path("data");
    }

    /** When it was told, by the clock of whoever told it; empty if it does not say. */
    Optional<Instant> time() {
        try {
            return Optional.of(OffsetDateTime.parse(json.path("time").asText()).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Who signed it or, if nobody did, whom it says that it is of. */
    String from() {
        return verified() ? speaker : json.path("source").asText().replaceFirst(".*/", "");
    }

    /** The same, for a reason that the signature does not show. */
    HeardEvent doubted(String reason) {
        return new HeardEvent(json, null, reason);
    }

    /** A part of the event with the fields {@code verified} and, if it is not, {@code fault}. */
    JsonNode marked(JsonNode part) {
        ObjectNode marked = part.deepCopy();
        marked.put("verified", verified());
        if (!verified()) {
            marked.put("fault", fault);
        }
        return marked;
    }
}
