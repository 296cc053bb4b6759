package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.wire.Excerpt;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;

/**
 * Reads a config.json so that no two programs can understand it differently. The runtime is a Go program: it takes keys in
 * any letter case, the last of two equal ones, whatever follows the document, null for nothing, and broken text with
 * replacements. Here keys that come twice, a second document, and broken text are refused, and null is taken away; keys
 * in another spelling are for {@link BundleRules}, which knows the right ones.
 */
final class ConfigReader {
    private ConfigReader() {
    }

    /** The tree of a config.json without its nulls. */
    static ObjectNode read(byte[] json) throws BundleRejected {
        JsonNode root;
        try {
            root = WireJson.tree(json);
        } catch (MalformedJson e) {
            throw new BundleRejected("config.json cannot be read: " + e.getMessage(), e);
        }
        if (root instanceof ObjectNode object) {
            clean(object, "");
            return object;
        }
        throw new BundleRejected("config.json is not an object");
    }

    private static void clean(JsonNode node, String pointer) throws BundleRejected {
        if (node instanceof ObjectNode object) {
            object.properties().removeIf(field -> field.getValue().isNull());
            for (var field : object.properties()) {
                requireText(field.getKey(), pointer);
                clean(field.getValue(), Place.pointer(pointer, field.getKey()));
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                clean(array.get(i), pointer + "/" + i);
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
                throw new BundleRejected((pointer.isEmpty() ? "/" : Excerpt.value(pointer))
                        + " has text with a NUL or half a surrogate pair, which no program can pass on");
            }
            i += Character.charCount(character);
        }
    }
}
