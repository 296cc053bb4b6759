package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.wire.Excerpt;
import java.util.Map;
import java.util.stream.Collectors;

/** Where in a configuration a value is, and where to report what is wrong with it. */
record Place(Findings findings, String pointer) {

    /** A member of this object. */
    Place at(String key) {
        return new Place(findings, pointer(pointer, key));
    }

    /** An element of this array. */
    Place at(int index) {
        return new Place(findings, pointer + "/" + index);
    }

    /** Reports a value that is never taken. */
    void refuse(JsonNode value, String allowed) {
        report(summary(value), allowed, null);
    }

    /** Reports that something is missing here, or that a value is wrong which may be a secret. */
    void refuse(String instead, String allowed) {
        report(instead, allowed, null);
    }

    /** Reports a state of things that is taken only where a field of the admission policy allows it. */
    void unadmitted(String instead, String allowed, String setting) {
        report(instead, allowed, setting);
    }

    /** Reports a value that is taken only where a field of the admission policy allows it. */
    void unadmitted(JsonNode value, String allowed, String setting) {
        report(summary(value), allowed, setting);
    }

    private void report(String value, String allowed, String setting) {
        findings.add(new Finding(pointer.isEmpty() ? "/" : Excerpt.value(pointer), Excerpt.value(value),
                allowed, setting));
    }

    /** A plain value as JSON; of what holds others only the names, for any of those may be a secret. */
    private static String summary(JsonNode value) {
        if (value.isArray()) {
            return "an array of " + value.size();
        }
        if (!value.isObject()) {
            return value.toString();
        }
        return "{" + value.properties().stream().limit(8).map(Map.Entry::getKey).collect(Collectors.joining(", "))
                + "}";
    }

    static String pointer(String parent, String key) {
        return parent + "/" + key.replace("~", "~0").replace("/", "~1");
    }
}
