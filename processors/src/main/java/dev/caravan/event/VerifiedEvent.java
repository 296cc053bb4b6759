package dev.caravan.event;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * An event whose signature was verified and which speaks of nothing but its speaker's own.
 *
 * @param json    the event
 * @param speaker the platform that signed it, or {@code authority}
 */
public record VerifiedEvent(JsonNode json, String speaker) {
}
