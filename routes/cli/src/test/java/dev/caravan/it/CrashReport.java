package dev.caravan.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What became of each cell of the {@link CrashMatrix} that was run, as a table. */
final class CrashReport {
    private static final String LINE = "%-34s  %-25s  %-20s  %-22s  %5.1f  %s%n";

    private final String title;
    private final List<Row> rows = new ArrayList<>();

    private record Row(CrashCell cell, String end, double seconds, String why) {
    }

    CrashReport(String title) {
        this.title = title;
    }

    /**
     * @param end     how the migration ended at the source
     * @param seconds from the request until it had ended on both sides
     * @param why     what the source's journal says
     */
    void ended(CrashCell cell, String end, double seconds, String why) {
        rows.add(new Row(cell, end, seconds, why));
    }

    void failed(CrashCell cell, double seconds, Throwable failure) {
        String why = String.valueOf(failure.getMessage()).strip().replaceAll("\\s+", " ");
        rows.add(new Row(cell, "FAILED", seconds, why));
    }

    void write(Path file) throws IOException {
        Files.writeString(file, toString());
    }

    @Override
    public String toString() {
        StringBuilder table = new StringBuilder(title).append('\n');
        table.append(String.format(LINE.replace("%5.1f", "%5s"), "what breaks", "when the journal says", "direction",
                "ended as", "s", "because"));
        rows.stream().sorted(Comparator.comparing((Row row) -> row.cell.fault()).thenComparing(row -> row.cell.at()))
                .forEach(row -> table.append(String.format(Locale.ROOT, LINE, row.cell.fault(), row.cell.at(),
                        row.cell.source() + ">" + row.cell.destination(), row.end, row.seconds,
                        row.why.lines().findFirst().orElse(""))));
        Map<String, Integer> ends = new TreeMap<>();
        rows.forEach(row -> ends.merge(row.end, 1, Integer::sum));
        return table.append(rows.size()).append(" cells: ").append(ends).append('\n').toString();
    }
}
