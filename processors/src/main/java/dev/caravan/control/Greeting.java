package dev.caravan.control;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.session.HandshakeRejected;
import dev.caravan.session.ProtocolVersions;
import dev.caravan.wire.Excerpt;
import java.util.Base64;

/**
 * What an offer of any version of the protocol says in the same place: enough to verify who sends it and, if the rest is of
 * a version that is not known here, to refuse it in words that the sender understands.
 *
 * @param speaks      what the source speaks
 * @param certificate of the source's platform by its owner, DER
 */
public record Greeting(ProtocolVersions speaks, byte[] certificate) {

    /**
     * Reads it from an offer.
     *
     * @throws ControlRejected if it is not there
     */
    public static Greeting of(ControlMessage offer) {
        JsonNode hello = offer.body().path("hello");
        JsonNode version = hello.path("version");
        try {
            if (!version.isInt()) {
                throw new IllegalArgumentException("hello.version is " + Excerpt.value(version)
                        + "; a whole number is needed");
            }
            return new Greeting(ProtocolVersions.of(version.intValue(), bytes("nonce", hello.path("nonce"))),
                    bytes("ownerChain", hello.path("ownerChain").path(0)));
        } catch (IllegalArgumentException e) {
            throw new ControlRejected("body of " + offer.type().label() + " is malformed: " + e.getMessage(), e);
        }
    }

    /** Requires that the source speaks a version that this platform, the destination, speaks too. */
    public void requireCommonVersion() throws HandshakeRejected {
        ProtocolVersions.common(speaks, ProtocolVersions.OURS);
    }

    private static byte[] bytes(String field, JsonNode node) {
        if (!node.isTextual()) {
            throw new IllegalArgumentException("hello." + field + " is missing");
        }
        return Base64.getDecoder().decode(node.textValue());
    }
}
