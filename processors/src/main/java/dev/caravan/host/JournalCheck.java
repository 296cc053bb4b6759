package dev.caravan.host;

import dev.caravan.criu.CommitGate.Decision;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.Transition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Compares what a host shows with what its journal says. A journal that was lost, or put back from a backup, must not
 * bring a container to life that runs elsewhere by now: what does not fit is for a person to decide. Only what
 * migrations leave counts; a container that somebody else has frozen is nobody's affair here.
 */
public final class JournalCheck {
    private static final String WHAT_TO_DO = "see \"A journal that does not fit\" in operating.md";

    private final String host;

    /** @param host this host's name */
    public JournalCheck(String host) {
        this.host = host;
    }

    /** The journal is not there, although an agent has used this home before. */
    public static Discrepancy lost(String host, Path journal) {
        return new Discrepancy(null, null, host + " has lost its journal: " + journal + " is not there, although "
                + journal.getParent() + " was used before, and a new one is begun. What " + host + " has committed or"
                + " holds for others is not known any more, and questions about it are not answered; " + WHAT_TO_DO);
    }

    /**
     * What speaks against taking up a migration that the journal has not ended.
     *
     * @param entry     what the journal says
     * @param history   the stages that it has been through
     * @param container its container as it is here
     * @param workspace its directory, if there is one
     */
    public Optional<Discrepancy> of(JournalledMigration entry, List<Transition> history, ContainerTrace container,
            Optional<WorkspaceTrace> workspace) {
        if (!entry.stage().isBeforeCommit() && entry.stage() != Stage.ROLLING_BACK) {
            return Optional.empty();
        }
        String name = entry.container();
        String older = ", although its journal says that migration " + entry.id() + " is only "
                + entry.stage().label() + ": the journal is older than what has happened. ";
        boolean takenBack = entry.stage() == Stage.ROLLING_BACK
                && history.stream().anyMatch(step -> step.stage() == Stage.COMMITTING);
        if (entry.role() == Role.SOURCE && !takenBack && container.disconnected() && container.isKept()) {
            return Optional.of(new Discrepancy(name, entry.id(), name + " is " + container.seen() + " at " + host
                    + ", as after a commit" + older + name + " may run at " + entry.peer()
                    + ", and is not thawed here: "
                    + "'caravan list " + entry.peer() + "', then " + WHAT_TO_DO));
        }
        boolean opened = workspace.flatMap(WorkspaceTrace::gate).filter(Decision.OPENED::equals).isPresent();
        // one that is held there, or runs, needs no undoing: the source says what its journal holds
        boolean waits = entry.stage() == Stage.RESTORING && container.lives();
        if (entry.role() == Role.DESTINATION && opened && !waits) {
            return Optional.of(new Discrepancy(name, entry.id(), "The commit gate of " + name + " at " + host
                    + " is open" + older + entry.peer()
                    + " may have removed its copy, so that nothing is removed here: "
                    + "'caravan list', then " + WHAT_TO_DO));
        }
        return Optional.empty();
    }

    /** What is here of migrations that the journal does not know, or that it has ended. */
    public List<Discrepancy> unexplained(List<JournalledMigration> journal, List<ContainerTrace> containers,
            List<WorkspaceTrace> workspaces) {
        List<Discrepancy> found = new ArrayList<>();
        for (ContainerTrace container : containers) {
            if (container.isKept() && journal.stream().noneMatch(entry -> explains(entry, container))) {
                found.add(kept(container, journal));
            }
        }
        for (WorkspaceTrace workspace : workspaces) {
            boolean told = found.stream().anyMatch(other -> workspace.migration().equals(other.migration()));
            Optional<JournalledMigration> entry = find(journal, workspace.migration());
            if (!told && isUnexplained(entry, workspace)) {
                String name = containers.stream()
                        .filter(container -> container.migrations().contains(workspace.migration()))
                        .map(ContainerTrace::container).findFirst().orElse(null);
                found.add(left(name, workspace, entry));
            }
        }
        return found;
    }

    private static boolean explains(JournalledMigration entry, ContainerTrace container) {
        return entry.container().equals(container.container()) && !entry.stage().isFinal();
    }

    private Discrepancy kept(ContainerTrace container, List<JournalledMigration> journal) {
        UUID migration = container.migrations().stream().findFirst().orElse(null);
        String by = migration == null
                ? "a migration, but the journal has none of it that has not ended"
                : named(migration, find(journal, migration));
        return new Discrepancy(container.container(), migration, container.container() + " is " + container.seen()
                + " at " + host + " by " + by + ". It may run at another host, and is not thawed"
                + " here: 'caravan list', then " + WHAT_TO_DO);
    }

    private static String named(UUID migration, Optional<JournalledMigration> entry) {
        return "migration " + migration + ", "
                + entry.map(ended -> "which has ended by the journal: it is " + ended.stage().label())
                        .orElse("which the journal does not know");
    }

    private static boolean isUnexplained(Optional<JournalledMigration> entry, WorkspaceTrace workspace) {
        boolean waiting = workspace.gate().filter(Decision.WAITING::equals).isPresent();
        return entry.isEmpty()
                ? workspace.gate().isPresent() || workspace.images()
                : waiting && entry.get().stage().isFinal();
    }

    private Discrepancy left(String container, WorkspaceTrace workspace, Optional<JournalledMigration> entry) {
        String name = container == null ? "a container" : container;
        String by = named(workspace.migration(), entry);
        String found = switch (workspace.gate().orElse(Decision.CLOSED)) {
            case WAITING -> host + " holds " + name + " at the commit gate of " + by
                    + ". Its source may have committed, so that this may be the only copy; it is neither let run nor"
                    + " removed: ask its source for 'caravan status " + workspace.migration() + "'";
            case OPENED -> host + " has let " + name + " run by " + by
                    + ". Its source may still wait to hear of it: 'caravan status " + workspace.migration() + "'";
            case CLOSED -> host + " has memory of " + name + " left from " + by;
        };
        return new Discrepancy(container, workspace.migration(), found + "; " + WHAT_TO_DO);
    }

    private static Optional<JournalledMigration> find(List<JournalledMigration> journal, UUID migration) {
        return journal.stream().filter(entry -> entry.id().equals(migration)).findFirst();
    }
}
