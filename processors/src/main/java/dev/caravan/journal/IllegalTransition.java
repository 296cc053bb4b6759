package dev.caravan.journal;

import java.util.UUID;

/** A step that the state machine does not have; the migration stays where it was. */
public class IllegalTransition extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public IllegalTransition(UUID migration, Stage from, Stage to) {
        super("migration " + migration + " cannot go from " + from.label() + " to " + to.label());
    }
}
