package dev.caravan.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Instant;
import java.util.UUID;

/**
 * Control messages as bytes. The signature (ECDSA P-256 over SHA-256, DER) covers exactly the bytes that travel, so
 * that nothing is re-encoded before it is verified.
 */
public final class ControlCodec {
    /** A control message is at most this long, in bytes; certificates, a quote and an ML-KEM key fit many times. */
    public static final int MAX_BYTES = 256 * 1024;

    private static final ObjectMapper JSON = JsonMapper
            .builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(32).maxStringLength(MAX_BYTES).build())
                    .build())
            .addModule(new JavaTimeModule()).enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS).build();

    private ControlCodec() {
    }

    /** The message with {@code body} as JSON; a {@code null} body becomes an empty object. */
    public static ControlMessage message(ControlType type, UUID migration, String from, String to, Object body) {
        return new ControlMessage(type, migration, from, to, Instant.now(),
                body == null ? JsonNodeFactory.instance.objectNode() : JSON.valueToTree(body));
    }

    public static byte[] encode(ControlMessage message) {
        try {
            return JSON.writeValueAsBytes(message);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("message cannot be written as JSON", e);
        }
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
            message = JSON.readValue(bytes, ControlMessage.class);
        } catch (IOException e) {
            throw new ControlRejected("not a control message: " + firstLine(e.getMessage()), e);
        }
        if (message == null || message.type() == null || message.migrationId() == null || message.from() == null
                || message.to() == null || message.body() == null) {
            throw new ControlRejected("control message lacks one of type, migrationId, from, to, body");
        }
        if (!message.to().equals(me)) {
            throw new ControlRejected("control message is for " + message.to() + ", this is " + me);
        }
        return message;
    }

    /** The message's body as a {@code type}; {@link ControlRejected} if it is not one. */
    public static <T> T body(ControlMessage message, Class<T> type) {
        try {
            return JSON.treeToValue(message.body(), type);
        } catch (JsonProcessingException e) {
            throw new ControlRejected("body of " + message.type().label() + " is malformed: "
                    + firstLine(e.getOriginalMessage()), e);
        }
    }

    /** Refuses {@code bytes} unless {@code signature} over them was made with the private part of {@code key}. */
    public static void requireSignature(byte[] bytes, byte[] signature, PublicKey key) {
        boolean valid;
        try {
            Signature verifier = Signature.getInstance("SHA256withECDSA");
            verifier.initVerify(key);
            verifier.update(bytes);
            valid = verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            throw new ControlRejected("control message has an unreadable signature", e);
        }
        if (!valid) {
            throw new ControlRejected("control message is not signed by the platform that it names");
        }
    }

    private static String firstLine(String text) {
        return text == null
                ? "no detail"
                : text
                        .lines().findFirst().orElse("");
    }
}
