package dev.caravan.cli;

import dev.caravan.wire.Excerpt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Prints rows in aligned columns, with a heading; no cell reaches another line, whoever wrote it. Picocli's own text table
 * knows no widths but those that it is told, and takes what stands between {@code @|} and {@code |@} for markup.
 */
final class Table {
    private final List<String[]> rows = new ArrayList<>();

    Table(String... heading) {
        rows.add(heading);
    }

    void row(String... cells) {
        rows.add(Arrays.stream(cells).map(Excerpt::reason).toArray(String[]::new));
    }

    @Override
    public String toString() {
        int columns = rows.get(0).length;
        int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(String.format("%-" + Math.max(1, widths[i]) + "s  ", row[i]));
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString().stripTrailing();
    }
}
