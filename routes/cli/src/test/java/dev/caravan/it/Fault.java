package dev.caravan.it;

import dev.caravan.it.MigrationPrograms.Kind;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;

/**
 * What breaks in a cell of the {@link CrashMatrix}. Processes of the lab and links are there at every transition. The
 * programs that move a container are not: CRIU and its runc dump while the source is transferring; those that restore are
 * killed, with the gate's scripts, while the destination is restoring.
 */
enum Fault {
    SOURCE_AGENT("agent of the source killed", Role.SOURCE, null), DESTINATION_AGENT("agent of the destination killed",
            Role.DESTINATION, null), BROKER("broker killed", null, null), SOURCE_LINK("link of the source cut",
                    Role.SOURCE, null), DESTINATION_LINK("link of the destination cut", Role.DESTINATION,
                            null), DUMP_CRIU("CRIU of the dump killed", Role.SOURCE, Kind.CRIU), DUMP_RUNC(
                                    "runc of the dump killed", Role.SOURCE,
                                    Kind.RUNC), RESTORE_CRIU("CRIU of the restore killed", Role.DESTINATION,
                                            Kind.CRIU), RESTORE_RUNC("runc of the restore killed", Role.DESTINATION,
                                                    Kind.RUNC), GATE_SCRIPT("gate.sh killed", Role.DESTINATION,
                                                            Kind.GATE), GATE_LAUNCHER("launch.sh killed",
                                                                    Role.DESTINATION, Kind.LAUNCHER);

    private static final Transition DUMP = new Transition(Role.SOURCE, Stage.TRANSFERRING);
    /** From here on there is a restore; first it is on its way to the gate. */
    static final Transition RESTORE = new Transition(Role.DESTINATION, Stage.RESTORING);
    /** The container is held. */
    private static final Transition COMMIT = new Transition(Role.SOURCE, Stage.COMMITTING);
    /** The gate is about to open. */
    static final Transition OPENING = new Transition(Role.DESTINATION, Stage.COMMITTING);

    private final String words;
    private final Role side;
    private final Kind program;

    Fault(String words, Role side, Kind program) {
        this.words = words;
        this.side = side;
        this.program = program;
    }

    /** Where it happens; null if at neither host. */
    Role side() {
        return side;
    }

    /** The program that is killed; null if it is none of those that come and go with a migration. */
    Kind program() {
        return program;
    }

    /** Whether it costs time and never the migration, being over in less than a stage's patience. */
    boolean onlyDelays() {
        return this == BROKER || isCut();
    }

    boolean isCut() {
        return this == SOURCE_LINK || this == DESTINATION_LINK;
    }

    /** Whether what breaks is there at that transition. */
    boolean existsAt(Transition at) {
        if (program == null) {
            return true;
        }
        // killed behind the gate, after the commit, they are no cells yet: it is not settled what each must end in
        return at.equals(side == Role.SOURCE ? DUMP : RESTORE);
    }

    /** Whether the container is held then, or about to run. */
    static boolean isBehindGate(Transition at) {
        return at.equals(COMMIT) || at.equals(OPENING);
    }

    @Override
    public String toString() {
        return words;
    }
}
