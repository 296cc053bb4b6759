package dev.caravan.bundle;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads a config.json so that no two programs can understand it differently. The runtime is a Go program: it takes keys in
 * any letter case, the last of two equal ones, whatever follows the document, null for nothing, and broken text with
 * replacements. Here keys that come twice, a second document, and broken text are refused, and null is taken away; keys
 * in another spelling are for {@link BundleRules}, which knows the right ones.
 */
final class ConfigReader {
    private static final int MAX_DEPTH = 32;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private ConfigReader() {
    }

    /** The tree of a config.json without its nulls. */
    static ObjectNode read(byte[] json) throws BundleRejected {
        JsonNode root;
        try {
            root = JSON.readTree(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString());
        } catch (CharacterCodingException e) {
            throw new BundleRejected("config.json is not UTF-8: write its text as UTF-8", e);
        } catch (JsonProcessingException e) {
            throw new BundleRejected("config.json is not JSON as the OCI specification has it: "
                    + Finding.shortened(e.getOriginalMessage().lines().findFirst().orElse("")), e);
        }
        if (root instanceof ObjectNode object) {
            clean(object, "", 0);
            return object;
        }
        throw new BundleRejected("config.json is not an object");
    }

    private static void clean(JsonNode node, String pointer, int depth) throws BundleRejected {
        if (depth > MAX_DEPTH) {
            throw new BundleRejected(Finding.shortened(pointer) + " is nested deeper than " + MAX_DEPTH + " levels");
        }
        if (node instanceof ObjectNode object) {
            object.properties().removeIf(field -> field.getValue().isNull());
            for (var field : object.properties()) {
                requireText(field.getKey(), pointer);
                clean(field.getValue(), Place.pointer(pointer, field.getKey()), depth + 1);
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                clean(array.get(i), pointer + "/" + i, depth + 1);
            }
        } else if (node.isTextual()) {
            requireText(node.textValue(), pointer);
        }
    }

    /** Neither the kernel nor UTF-8 has such text, so another program would have to guess. */
    private static void requireText(String text, String pointer) throws BundleRejected {
        for (int i = 0; i < text.length();) {
            int character = text.codePointAt(i);
            if (character == 0 || character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
                throw new BundleRejected((pointer.isEmpty() ? "/" : Finding.shortened(pointer))
                        + " has text with a NUL or half a surrogate pair, which no program can pass on");
            }
            i += Character.charCount(character);
        }
    }
}
