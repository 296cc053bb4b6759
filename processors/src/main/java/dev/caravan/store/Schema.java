package dev.caravan.store;

import java.util.List;

/**
 * What is in a {@link Store}, and how it came about: a file of version <i>n</i> has seen the first <i>n</i> steps. The
 * version is SQLite's {@code user_version}. A change of the format is one more step at the end; a step that was ever
 * released is not changed any more.
 *
 * @param steps each with statements that end in a semicolon and a new line. The first must do nothing where its tables are
 *              there: files were not numbered at first, and have version 0
 */
public record Schema(List<String> steps) {
    public Schema {
        steps = List.copyOf(steps);
    }

    /** A format with these steps, in this order. */
    public static Schema of(String... steps) {
        return new Schema(List.of(steps));
    }

    /** The version that a file has after all steps. */
    public int version() {
        return steps.size();
    }
}
