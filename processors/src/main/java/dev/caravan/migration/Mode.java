package dev.caravan.migration;

import java.util.Arrays;
import java.util.Locale;

/**
 * How a container's memory moves. A mode has four parts, each a Camel route: the rounds while the container runs, the freeze,
 * what is sent from then on, and the restore. Nothing else asks which mode it is.
 */
public enum Mode {
    /** No rounds: the container stands still while all of its memory is sent, and is restored whole. */
    STOPCOPY("none");

    private final String tracker;

    Mode(String tracker) {
        this.tracker = tracker;
    }

    /** What finds pages that were written between two rounds, as reports name it. */
    public String tracker() {
        return tracker;
    }

    /** The mode's name in requests, reports and journals, for example {@code stopcopy}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The mode of that {@linkplain #label() label}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Mode ofLabel(String label) {
        return Arrays.stream(values()).filter(mode -> mode.label().equals(label)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("mode is \"" + label + "\"; allowed are "
                        + Arrays.stream(values()).map(Mode::label).toList()));
    }
}
