package dev.caravan.wire;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** Why a document is refused, for a person: the field, its value, what is allowed; no names of classes. */
final class JsonFault {
    private JsonFault() {
    }

    static MalformedJson of(JsonProcessingException fault) {
        if (fault instanceof StreamConstraintsException) {
            return new MalformedJson("it is nested too deeply, or has a name, number or text that is too long");
        }
        if (!(fault instanceof JsonMappingException mapping)) {
            // where it was read from is ours to know
            String said = fault.getOriginalMessage().replaceFirst(" \\(start marker at .*", "");
            return new MalformedJson("it is not JSON: " + said + place(fault.getLocation()));
        }
        if (fault.getOriginalMessage().startsWith("Trailing token")) {
            return new MalformedJson("it is not JSON: something stands behind its end" + place(fault.getLocation()));
        }
        String field = field(mapping);
        Throwable cause = deepest(fault);
        if (fault instanceof ValueInstantiationException && ours(cause)) {
            return new MalformedJson(cause.getMessage());
        }
        return new MalformedJson((field.isEmpty() ? "it" : field) + " " + detail(mapping, cause));
    }

    private static String detail(JsonMappingException fault, Throwable cause) {
        if (ours(cause)) {
            return cause.getMessage();
        }
        if (fault instanceof UnrecognizedPropertyException unknown) {
            Collection<Object> known = unknown.getKnownPropertyIds();
            return "is unknown; allowed are "
                    + known.stream().map(String::valueOf).sorted().collect(Collectors.joining(", "));
        }
        // Jackson has no exception of its own for a number or a truth value that is not there
        if (fault instanceof InvalidNullException || fault.getOriginalMessage().startsWith("Cannot map `null`")) {
            return "is missing or null; a value is needed";
        }
        if (fault instanceof InvalidFormatException wrong && wrong.getTargetType() != null
                && wrong.getTargetType().isEnum()) {
            return "is \"" + Excerpt.value(wrong.getValue()) + "\"; allowed are "
                    + Arrays.stream(wrong.getTargetType().getEnumConstants())
                            .map(one -> one.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
                            .collect(Collectors.joining(", "));
        }
        return "has a value of the wrong kind";
    }

    /** Whether a record or a format of ours refused the value, in its own words. */
    private static boolean ours(Throwable cause) {
        return cause.getMessage() != null && !(cause instanceof JsonProcessingException)
                && (cause instanceof IllegalArgumentException || cause instanceof NullPointerException);
    }

    private static Throwable deepest(Throwable fault) {
        Throwable cause = fault;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Where a field is, for example {@code hello.pcrs[0]}. */
    private static String field(JsonMappingException fault) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : fault.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.length() == 0 ? "" : ".").append(Excerpt.value(step.getFieldName()));
            }
        }
        return path.toString();
    }

    private static String place(JsonLocation location) {
        return location == null
                ? ""
                : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    /** The kind of a value, as RFC 8259 calls it. */
    static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case NULL -> "null";
            case STRING -> "text";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            default -> "no object";
        };
    }
}
