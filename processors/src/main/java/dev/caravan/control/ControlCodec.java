package dev.caravan.control;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caravan.crypto.Ecdsa;
import dev.caravan.wire.Excerpt;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.PlatformName;
import dev.caravan.wire.WireJson;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.time.Instant;
import java.util.UUID;

/**
 * Control messages as bytes. The signature (ECDSA P-256 over SHA-256, DER) covers exactly the bytes that travel, so
 * that nothing is re-encoded before it is verified.
 */
public final class ControlCodec {
    /** A control message is at most this long, in bytes; certificates, a quote and an ML-KEM key fit many times. */
    public static final int MAX_BYTES = 256 * 1024;

    private ControlCodec() {
    }

    /** The message with {@code body} as JSON; a {@code null} body becomes an empty object. */
    public static ControlMessage message(ControlType type, UUID migration, String from, String to, Object body) {
        return new ControlMessage(type, migration, from, to, Instant.now(),
                body == null ? JsonNodeFactory.instance.objectNode() : WireJson.node(body));
    }

    public static byte[] encode(ControlMessage message) {
        return WireJson.write(message);
    }

    /**
     * Reads a message that this platform received.
     *
     * @param me this platform's name
     * @throws ControlRejected if the bytes are no control message or it is meant for another platform
     */
    public static ControlMessage decode(byte[] bytes, String me) {
        if (bytes.length > MAX_BYTES) {
            throw new ControlRejected(
                    "control message of " + bytes.length + " bytes; at most " + MAX_BYTES + " are allowed");
        }
        ControlMessage message;
        try {
            message = WireJson.read(bytes, ControlMessage.class);
        } catch (MalformedJson e) {
            throw new ControlRejected("not a control message: " + e.getMessage(), e);
        }
        if (message.type() == null || message.migrationId() == null || message.from() == null
                || message.to() == null || message.sentAt() == null || message.body() == null
                || !message.body().isObject()) {
            throw new ControlRejected("control message lacks one of type, migrationId, from, to, sentAt, body");
        }
        if (!PlatformName.is(message.from())) {
            throw new ControlRejected("control message is from \"" + Excerpt.value(message.from())
                    + "\"; the name of a platform is needed");
        }
        if (!message.to().equals(me)) {
            throw new ControlRejected("control message is for " + Excerpt.value(message.to()) + ", this is " + me);
        }
        return message;
    }

    /** The message's body as a {@code type}; {@link ControlRejected} if it is not one. */
    public static <T> T body(ControlMessage message, Class<T> type) {
        try {
            return WireJson.value(message.body(), type);
        } catch (MalformedJson e) {
            throw new ControlRejected("body of " + message.type().label() + " is malformed: " + e.getMessage(), e);
        }
    }

    /** Refuses {@code bytes} unless {@code signature} over them was made with the private part of {@code key}. */
    public static void requireSignature(byte[] bytes, byte[] signature, PublicKey key) {
        boolean valid;
        try {
            valid = Ecdsa.verifies(key, bytes, signature);
        } catch (GeneralSecurityException e) {
            throw new ControlRejected("control message has an unreadable signature", e);
        }
        if (!valid) {
            throw new ControlRejected("control message is not signed by the platform that it names");
        }
    }
}
