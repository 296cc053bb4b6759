package dev.caravan.control;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.UUID;

/**
 * One message from agent to agent about one migration.
 *
 * @param type        what it says
 * @param migrationId the migration that it is about
 * @param from        the sender's platform name
 * @param to          the receiver's platform name; a message for somebody else is refused
 * @param sentAt      when, by the sender's clock; for people, never for decisions
 * @param body        the rest, by type; never {@code null}
 */
public record ControlMessage(ControlType type, UUID migrationId, String from, String to, Instant sentAt,
        JsonNode body) {
}
