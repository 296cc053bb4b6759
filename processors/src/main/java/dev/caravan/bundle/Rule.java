package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Pattern;

/** What one value of a configuration may be. */
interface Rule {
    BigInteger MAX_UNSIGNED = BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);
    long MAX_ID = 0xffff_ffffL;
    int MAX_PATH = 4095;

    /** Reports to {@code place} whatever is not allowed about {@code value}. */
    void check(JsonNode value, Place place);

    /** Both; the second, which may rely on the first, only if that found nothing. */
    default Rule and(Rule second) {
        return (value, place) -> {
            int before = place.findings().count();
            check(value, place);
            if (place.findings().count() == before) {
                second.check(value, place);
            }
        };
    }

    /** A text that matches a pattern as a whole. */
    static Rule text(String pattern, String allowed) {
        Pattern compiled = Pattern.compile(pattern);
        return (value, place) -> {
            if (!value.isTextual() || !compiled.matcher(value.textValue()).matches()) {
                place.refuse(value, allowed);
            }
        };
    }

    /** One of some words. */
    static Rule oneOf(List<String> words) {
        return (value, place) -> {
            if (!value.isTextual() || !words.contains(value.textValue())) {
                place.refuse(value, "allowed are " + String.join(", ", words));
            }
        };
    }

    /** A text that the container's programs get as it is, and that may be a secret: it is never shown. */
    static Rule secret(int maxLength) {
        return (value, place) -> {
            if (!value.isTextual() || value.textValue().length() > maxLength) {
                place.refuse("a value that is not shown", "a text of at most " + maxLength + " characters is allowed");
            }
        };
    }

    /** An absolute path without {@code .}, {@code ..}, empty parts, or control characters. */
    static Rule path() {
        return (value, place) -> {
            if (!value.isTextual() || !isPath(value.textValue())) {
                place.refuse(value, "an absolute path without . or .. is allowed");
            }
        };
    }

    /** Whether a text is an absolute path that names what it names without detours. */
    static boolean isPath(String text) {
        if (!text.startsWith("/") || text.length() > MAX_PATH || text.chars().anyMatch(Character::isISOControl)) {
            return false;
        }
        return text.equals("/") || List.of(text.substring(1).split("/", -1)).stream()
                .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
    }

    /** true or false. */
    static Rule flag() {
        return (value, place) -> {
            if (!value.isBoolean()) {
                place.refuse(value, "true or false is allowed");
            }
        };
    }

    /** A flag that may only be there to say no. */
    static Rule no(String why) {
        return (value, place) -> {
            if (!value.isBoolean() || value.booleanValue()) {
                place.refuse(value, why);
            }
        };
    }

    /** A whole number in a range. */
    static Rule number(long min, long max) {
        return (value, place) -> {
            if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < min
                    || value.longValue() > max) {
                place.refuse(value, "a whole number from " + min + " to " + max + " is allowed");
            }
        };
    }

    /** A whole number of 64 bits without sign. */
    static Rule unsigned() {
        return (value, place) -> {
            if (!value.isIntegralNumber() || value.bigIntegerValue().signum() < 0
                    || value.bigIntegerValue().compareTo(MAX_UNSIGNED) > 0) {
                place.refuse(value, "a whole number from 0 to " + MAX_UNSIGNED + " is allowed");
            }
        };
    }

    /** An array of at most so many elements, each by a rule. */
    static Rule list(int max, Rule element) {
        return (value, place) -> {
            if (!value.isArray() || value.size() > max) {
                place.refuse(value, "an array of at most " + max + " elements is allowed");
                return;
            }
            for (int i = 0; i < value.size(); i++) {
                element.check(value.get(i), place.at(i));
            }
        };
    }

    /** An object whose members have names that match a pattern, each by a rule. */
    static Rule map(String names, String allowed, Rule element) {
        Pattern compiled = Pattern.compile(names);
        return (value, place) -> {
            if (!value.isObject()) {
                place.refuse(value, "an object is allowed");
                return;
            }
            value.properties().forEach(member -> {
                if (compiled.matcher(member.getKey()).matches()) {
                    element.check(member.getValue(), place.at(member.getKey()));
                } else {
                    place.at(member.getKey()).refuse(member.getValue(), allowed);
                }
            });
        };
    }

    /** Nothing: also an object or array that holds nothing is nothing. */
    static Rule nothing(String why) {
        return (value, place) -> {
            boolean empty = value.isObject() && value.properties().stream()
                    .allMatch(field -> field.getValue().isArray() && field.getValue().isEmpty());
            if (!empty && !(value.isArray() && value.isEmpty())) {
                place.refuse(value, why);
            }
        };
    }
}
