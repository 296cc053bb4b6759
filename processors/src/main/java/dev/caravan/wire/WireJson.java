package dev.caravan.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The one reader of JSON that another party wrote (RFC 8259, UTF-8 without a byte order mark). A document has no key
 * twice, no unknown key, nothing behind it, at most {@value #DEPTH} levels; no value is made into one of another kind; a
 * null stands only where the record takes one; identities, times and byte strings are written in one way only. The size
 * of a document is bounded by its caller, before it is read.
 */
public final class WireJson {
    private static final int DEPTH = 32;
    private static final int NUMBER_CHARACTERS = 40;
    private static final int NAME_CHARACTERS = 1000;
    private static final int TEXT_CHARACTERS = 8 << 20;
    private static final JsonMapper JSON = mapper();

    private WireJson() {
    }

    private static JsonMapper mapper() {
        StreamReadConstraints bounds = StreamReadConstraints.builder().maxNestingDepth(DEPTH)
                .maxNumberLength(NUMBER_CHARACTERS).maxNameLength(NAME_CHARACTERS).maxStringLength(TEXT_CHARACTERS)
                .build();
        JsonMapper.Builder builder = JsonMapper.builder(JsonFactory.builder().streamReadConstraints(bounds)
                // names are the other party's choice: nothing of them is kept
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES).disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .build());
        for (CoercionInputShape shape : new CoercionInputShape[]{CoercionInputShape.Integer, CoercionInputShape.Float,
                CoercionInputShape.Boolean}) {
            builder.withCoercionConfig(LogicalType.Textual, text -> text.setCoercion(shape, CoercionAction.Fail));
        }
        return builder.addModule(new JavaTimeModule()).addModule(new WireFormats())
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                        DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                        DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .withCoercionConfigDefaults(
                        any -> any.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
                .withCoercionConfig(LogicalType.Textual,
                        text -> text.setCoercion(CoercionInputShape.EmptyString, CoercionAction.TryConvert))
                .withCoercionConfig(LogicalType.Binary,
                        text -> text.setCoercion(CoercionInputShape.EmptyString, CoercionAction.TryConvert))
                .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL)).build();
    }

    /** Reads a document as it is. */
    public static JsonNode tree(byte[] json) throws MalformedJson {
        try {
            JsonNode node = JSON.readTree(text(json));
            if (node == null || node.isMissingNode()) {
                throw new MalformedJson("it is empty");
            }
            return node;
        } catch (JsonProcessingException e) {
            throw JsonFault.of(e);
        }
    }

    /** Reads a document that is a {@code type}. */
    public static <T> T read(byte[] json, Class<T> type) throws MalformedJson {
        return value(tree(json), type);
    }

    /** What {@code node} holds as a {@code type}; never null. */
    public static <T> T value(JsonNode node, Class<T> type) throws MalformedJson {
        if (!node.isObject()) {
            throw new MalformedJson("it is " + JsonFault.kind(node) + "; an object is needed");
        }
        try {
            return JSON.treeToValue(node, type);
        } catch (JsonProcessingException e) {
            throw JsonFault.of(e);
        }
    }

    /** A value of ours as a document. */
    public static byte[] write(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(value.getClass().getSimpleName() + " cannot be written as JSON", e);
        }
    }

    /** A value of ours as part of a document. */
    public static JsonNode node(Object value) {
        return JSON.valueToTree(value);
    }

    /** Bytes that are no UTF-8 are refused rather than guessed at, and so are UTF-16 and UTF-32. */
    private static String text(byte[] json) throws MalformedJson {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedJson("it is not UTF-8");
        }
    }
}
