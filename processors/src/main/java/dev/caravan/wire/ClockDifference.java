package dev.caravan.wire;

import java.time.Duration;
import java.time.Instant;

/**
 * By how much the clock of another host differs from this one's, as far as one message there and back shows: the time that
 * the other host wrote into its answer lies between asking and hearing, unless the clocks differ.
 *
 * @param ahead at least how far the other clock is ahead, negative if it is behind; zero if nothing shows that they differ
 */
public record ClockDifference(Duration ahead) {
    /** Hosts whose clocks differ by no more than this work with each other, whatever expires and becomes valid between them. */
    public static final Duration ALLOWED = Duration.ofMinutes(15);

    private static final Duration NOTABLE = Duration.ofSeconds(10);

    /**
     * Measures it.
     *
     * @param asked by this host's clock
     * @param there what the other host's answer has
     * @param heard by this host's clock
     */
    public static ClockDifference of(Instant asked, Instant there, Instant heard) {
        if (there.isBefore(asked)) {
            return new ClockDifference(Duration.between(asked, there));
        }
        return new ClockDifference(there.isAfter(heard) ? Duration.between(heard, there) : Duration.ZERO);
    }

    /** Whether somebody should see to it. */
    public boolean isNotable() {
        return ahead.abs().compareTo(NOTABLE) > 0;
    }

    /**
     * The difference as a person is told.
     *
     * @param other whose clock was measured
     * @param here  by whose
     */
    public String warning(String other, String here) {
        return "the clock of " + other + " is " + ahead.abs().toSeconds() + " s "
                + (ahead.isNegative() ? "behind" : "ahead of")
                + " that of " + here + "; requests, queries and certificates bear a difference of "
                + ALLOWED.toMinutes() + " minutes at most: set both by NTP";
    }
}
