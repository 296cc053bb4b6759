package dev.caravan.handover;

import java.util.Locale;

/** What a side knows besides the stage in its journal and what decides together with it. */
public enum Condition {
    /** Source: the destination was found affirming, and the source has shown its own evidence. */
    PROVED,
    /** Source: its own copy is gone, by a restart of the machine, after everything was sent. */
    COPY_LOST,
    /** Destination: the source was found affirming, and the session stands. */
    ESTABLISHED,
    /** Destination: the journal has what the source is told of the held container: the source may commit. */
    REPORTED,
    /** Either side: the migration has been undone although the journal could not be written. */
    ABANDONED;

    /** The condition's name in tables, for example {@code copy-lost}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
