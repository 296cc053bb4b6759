package dev.caravan.routes;

import dev.caravan.migration.Mode;
import java.util.Locale;

/** A part of a migration that each mode does in its own way, by a route of its own. */
enum ModePart {
    /** The source: what is sent while the container runs. */
    ROUNDS,
    /** The source: the fenced container stands still afterwards. */
    FREEZE,
    /** The source: the images, as far as they were not sent in rounds. */
    REST,
    /** The destination: the container is restored up to its gate; the body is the held container. */
    RESTORE;

    /** Exchange property: the {@linkplain Mode#label() label} of the migration's mode. */
    static final String MODE = "mode";

    /** The route of that mode. */
    String of(Mode mode) {
        return "direct:" + mode.label() + "-" + label();
    }

    /** The route of the exchange's mode, for {@code toD}. */
    String ofExchange() {
        return "direct:${exchangeProperty." + MODE + "}-" + label();
    }

    private String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
