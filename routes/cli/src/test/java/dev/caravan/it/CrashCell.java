package dev.caravan.it;

import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import java.util.EnumSet;
import java.util.Set;

/**
 * One thing that breaks, at one transition of a migration in one direction.
 *
 * @param source      the host that the container leaves
 * @param destination the host that it is to move to
 */
record CrashCell(Fault fault, Transition at, String source, String destination) {

    private static final Set<Stage> UNDOING = EnumSet.of(Stage.ROLLING_BACK, Stage.ROLLED_BACK, Stage.CANCELLED);

    /** The host that plays that part. */
    String host(Role role) {
        return role == Role.SOURCE ? source : destination;
    }

    /** Whether the transition is one of a migration that an operator cancels. */
    boolean isCancelled() {
        return UNDOING.contains(at.stage());
    }

    /** Whether a program is killed once it has brought the container to its gate, rather than on the way there. */
    boolean isBehindGate() {
        return fault.program() != null && Fault.isBehindGate(at);
    }

    @Override
    public String toString() {
        return fault + " at " + at + ", " + source + " -> " + destination;
    }
}
