package dev.caravan.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Identities, times and byte strings as they are written on the wire: in one way each. */
final class WireFormats extends SimpleModule {
    private static final long serialVersionUID = 1L;
    private static final Pattern IDENTITY = Pattern
            .compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final Pattern TIME = Pattern
            .compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)");

    WireFormats() {
        addDeserializer(UUID.class, new Written<>(WireFormats::identity));
        addDeserializer(Instant.class, new Written<>(WireFormats::time));
        addDeserializer(byte[].class, new Written<>(WireFormats::bytes));
    }

    private static UUID identity(String text) {
        if (!IDENTITY.matcher(text).matches()) {
            throw unfit(text, "a UUID in lower case (RFC 9562) is needed");
        }
        return UUID.fromString(text);
    }

    private static Instant time(String text) {
        try {
            if (TIME.matcher(text).matches()) {
                return OffsetDateTime.parse(text).toInstant();
            }
        } catch (DateTimeParseException e) {
            // the digits are there, but there is no such day or hour
        }
        throw unfit(text, "a date and time of RFC 3339 is needed, for example 2026-01-31T23:59:59Z");
    }

    private static byte[] bytes(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw unfit(text, "Base64 (RFC 4648, section 4) is needed");
        }
    }

    private static IllegalArgumentException unfit(String text, String needed) {
        return new IllegalArgumentException("is \"" + Excerpt.value(text) + "\": " + needed);
    }

    /** A value that is text and nothing else. */
    private static final class Written<T> extends JsonDeserializer<T> {
        private final Function<String, T> reading;

        private Written(Function<String, T> reading) {
            this.reading = reading;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                throw new IllegalArgumentException("is no text");
            }
            return reading.apply(parser.getText());
        }
    }
}
