package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.event.MigrationReport;
import dev.caravan.event.MigrationEvents;
import dev.caravan.journal.Stage;
import dev.caravan.wire.Excerpt;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows a migration while it runs: a progress bar on a terminal, plain lines when piped. */
final class MigrationView implements AutoCloseable {
    private static final long MIB = 1 << 20;
    // without it the bar's library starts a stty for each refresh, on the processors that move the container
    private static final int COLUMNS = 79;

    private static final int MAX_DOUBTS = 20;

    private final PrintWriter out;
    private final boolean shown;
    private final ProgressBar bar;
    private int doubts;

    MigrationView(PrintWriter out, boolean shown) {
        this.out = out;
        this.shown = shown;
        boolean terminal = shown && System.console() != null;
        bar = terminal
                ? new ProgressBarBuilder().setTaskName("migration").setInitialMax(1).setUnit(" MiB", MIB)
                        .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK).setUpdateIntervalMillis(100)
                        .setMaxRenderedLength(COLUMNS)
                        .continuousUpdate().build()
                : null;
    }

    /** Shows one event of the migration; what is unverified is shown as such, and moves nothing. */
    synchronized void show(HeardEvent event) {
        if (!shown) {
            return;
        }
        if (!event.verified()) {
            doubt(event);
            return;
        }
        JsonNode data = event.data();
        switch (event.type()) {
            case MigrationEvents.TRANSITION -> transition(data);
            case MigrationEvents.PROGRESS -> {
                if (bar != null) {
                    bar.maxHint(data.path("totalBytes").asLong());
                    bar.stepTo(data.path("doneBytes").asLong());
                }
            }
            default -> {
                // the end is told by the summary
            }
        }
    }

    private void doubt(HeardEvent event) {
        if (doubts++ < MAX_DOUBTS && bar == null && !event.type().equals(MigrationEvents.PROGRESS)) {
            String said = event.data().path("stage").asText(event.data().path("outcome").asText());
            out.println("unverified: \"" + Excerpt.value(said) + "\", said to be of \"" + Excerpt.value(event.from())
                    + "\": " + event.fault());
            out.flush();
        }
    }

    private void transition(JsonNode data) {
        if (!data.path("role").asText().equals("source")) {
            return;
        }
        String stage = data.path("stage").asText();
        if (bar != null) {
            bar.setExtraMessage(stage);
            if (stage.equals(Stage.COMPLETED.label())) {
                // what was announced is an estimate
                bar.maxHint(bar.getCurrent());
            }
        } else {
            String reason = data.path("reason").asText();
            out.println(stage + (reason.isEmpty() ? "" : ": " + reason));
            out.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }

    /** What happened, in sentences for a person. */
    static List<String> summary(JsonNode end) {
        List<String> lines = new ArrayList<>();
        String container = end.path("container").asText();
        String source = end.path("source").asText();
        String destination = end.path("destination").asText();
        switch (end.path("outcome").asText()) {
            case "completed" -> {
                lines.add(String.format("%s runs at %s; %s signed the report.", container, destination,
                        end.path("signedBy").asText()));
                lines.add(String.format(Locale.ROOT,
                        "Downtime %d ms, whole migration %.1f s; %.0f MiB of memory, %.1f MiB sent, all encrypted.",
                        end.path("downtimeMillis").asLong(), end.path("totalMillis").asLong() / 1000.0,
                        end.path("memoryBytes").asDouble() / MIB, end.path("sentBytes").asDouble() / MIB));
                if (!end.path("reason").asText().isEmpty()) {
                    lines.add("Warning: " + end.path("reason").asText());
                }
            }
            case "in-doubt" -> lines.add("In doubt: " + end.path("reason").asText());
            case "rejected" -> lines.add(
                    "Not accepted, says " + end.path("signedBy").asText() + ": " + end.path("reason").asText());
            default -> {
                lines.add(String.format("%s: %s", end.path("outcome").asText(), end.path("reason").asText()));
                if (!end.path("error").asText().equals(MigrationReport.CONTAINER_GONE)) {
                    lines.add(String.format("%s runs at %s, as before.", container, source));
                }
            }
        }
        return lines;
    }
}
