package dev.caravan.broker;

import java.io.ObjectInputFilter;

/**
 * Java's deserialisation runs code of the sender's choice, and nothing in Caravan needs it: every program of Caravan
 * forbids it to its whole JVM before it does anything else.
 */
public final class Deserialization {
    private static final String NO_CLASS = "!*";

    private Deserialization() {
    }

    /** Forbids it, unless {@code -Djdk.serialFilter} says already what may be read. */
    public static void forbid() {
        if (ObjectInputFilter.Config.getSerialFilter() == null) {
            ObjectInputFilter.Config.setSerialFilter(ObjectInputFilter.Config.createFilter(NO_CLASS));
        }
    }
}
