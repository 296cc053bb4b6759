package dev.caravan.handover;

import java.util.Arrays;

/**
 * Both sides of one migration, what is under way between them, and how much may still go wrong: one state of the
 * exploration. What a crash takes away, what only a restart of the machine takes away and what stays are fields apart.
 */
final class World {

    /** What a state consists of. */
    enum Field {
        // the source: journal, then memory, then the host
        SOURCE_STAGE(4), SOURCE_ABANDONED(1), SOURCE_PROVED(1), SOURCE_COPY_LOST(1), SOURCE_REACTION(6), SOURCE_AT(
                4), SOURCE_NEXT(5), SOURCE_COPY(2), SOURCE_FENCED(1), SOURCE_LINK(1), SOURCE_IMAGES(1),
        // the destination
        DESTINATION_STAGE(4), DESTINATION_ABANDONED(1), DESTINATION_ESTABLISHED(1), DESTINATION_REPORTED(
                1), DESTINATION_REACTION(
                        6), DESTINATION_AT(4), DESTINATION_NEXT(5), DESTINATION_COPY(2), DESTINATION_GATE(
                                2), DESTINATION_EVER_RAN(
                                        1), DESTINATION_LINK(1), DESTINATION_FILES(1), DESTINATION_IMAGES(1),
        // between them: every message that was ever said may come, again and in any order
        MESSAGES(16), STREAM_SENT(3), STREAM_TAKEN(3), STREAM_BROKEN(1),
        // how much may still go wrong
        SOURCE_CRASHES(2), DESTINATION_CRASHES(2), FAILURES(1), CANCELS(1),
        // what no protocol can help
        SOURCE_GAVE_UP(1), SOURCE_REBOOTED(1), DESTINATION_REBOOTED(1), DESTINATION_FAILED(1), RESOLVED(1);

        private final int bits;

        Field(int bits) {
            this.bits = bits;
        }
    }

    /** A state in little room. */
    record Key(long low, long high) {
    }

    private static final Field[] FIELDS = Field.values();

    private final int[] values;

    World() {
        this(new int[FIELDS.length]);
    }

    private World(int[] values) {
        this.values = values;
    }

    World copy() {
        return new World(values.clone());
    }

    static World of(Key key) {
        World world = new World();
        long low = key.low;
        long high = key.high;
        int used = 0;
        for (Field field : FIELDS) {
            long mask = (1L << field.bits) - 1;
            if (used + field.bits <= 64) {
                world.values[field.ordinal()] = (int) (low & mask);
                low >>>= field.bits;
                used += field.bits;
            } else {
                world.values[field.ordinal()] = (int) (high & mask);
                high >>>= field.bits;
            }
        }
        return world;
    }

    Key key() {
        long low = 0;
        long high = 0;
        int used = 0;
        int usedHigh = 0;
        for (Field field : FIELDS) {
            long value = values[field.ordinal()];
            if (value < 0 || value >= 1L << field.bits) {
                throw new IllegalStateException(field + " is " + value);
            }
            if (used + field.bits <= 64) {
                low |= value << used;
                used += field.bits;
            } else {
                high |= value << usedHigh;
                usedHigh += field.bits;
            }
        }
        return new Key(low, high);
    }

    int get(Field field) {
        return values[field.ordinal()];
    }

    boolean is(Field field) {
        return values[field.ordinal()] != 0;
    }

    World set(Field field, int value) {
        values[field.ordinal()] = value;
        return this;
    }

    World set(Field field, boolean value) {
        return set(field, value ? 1 : 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof World world && Arrays.equals(values, world.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Field field : FIELDS) {
            if (values[field.ordinal()] != 0) {
                text.append(field).append('=').append(values[field.ordinal()]).append(' ');
            }
        }
        return text.toString();
    }
}
