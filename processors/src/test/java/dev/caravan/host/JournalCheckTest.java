package dev.caravan.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.criu.CommitGate.Decision;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.Transition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JournalCheckTest {
    private static final UUID ID = UUID.fromString("2f1c0a66-6d0b-4a53-9d0c-0a2f6a1f3b11");

    private final JournalCheck check = new JournalCheck("alpha");

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"FREEZING", "TRANSFERRING", "RESTORING", "ROLLING_BACK"})
    void aLinkThatIsDownBeforeTheCommitSaysThatTheJournalIsOlder(Stage stage) {
        assertThat(
                check.of(entry(Role.SOURCE, stage), history(Stage.RESTORING), frozen(true, true, ID), Optional.empty()))
                .get()
                .satisfies(found -> {
                    assertThat(found.container()).isEqualTo("web");
                    assertThat(found.migration()).isEqualTo(ID);
                    assertThat(found.found())
                            .startsWith("web is frozen and cut off with its link down at alpha, as after"
                                    + " a commit, although its journal says that migration " + ID + " is only "
                                    + stage.label())
                            .contains("web may run at beta, and is not thawed here", "'caravan list beta'");
                });
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"FREEZING", "TRANSFERRING", "RESTORING", "ROLLING_BACK"})
    void whatAMigrationLeavesBeforeItsCommitFits(Stage stage) {
        assertThat(check.of(entry(Role.SOURCE, stage), history(Stage.RESTORING), frozen(true, false, ID),
                Optional.empty())).isEmpty();
    }

    @Test
    void aLinkThatIsDownFitsACommitThatIsTakenBack() {
        assertThat(check.of(entry(Role.SOURCE, Stage.ROLLING_BACK), history(Stage.COMMITTING), frozen(true, true, ID),
                Optional.empty())).isEmpty();
        assertThat(check.of(entry(Role.SOURCE, Stage.RESTORING), history(Stage.COMMITTING), frozen(true, true, ID),
                Optional.empty())).isPresent();
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"COMMITTING", "RELEASING"})
    void aLinkThatIsDownAfterTheCommitFits(Stage stage) {
        assertThat(
                check.of(entry(Role.SOURCE, stage), history(Stage.RESTORING), frozen(true, true, ID), Optional.empty()))
                .isEmpty();
    }

    /** Somebody has taken it down: there is nothing to thaw. */
    @Test
    void aLinkThatIsDownOfAContainerThatRunsOnSaysNothing() {
        ContainerTrace running = new ContainerTrace("web", Status.RUNNING, false, true, Set.of());
        assertThat(check.of(entry(Role.SOURCE, Stage.SYNCING), history(Stage.RESTORING), running, Optional.empty()))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"TRANSFERRING", "ROLLING_BACK", "RESTORING"})
    void aGateThatIsOpenBeforeTheCommitSaysThatTheJournalIsOlder(Stage stage) {
        ContainerTrace ended = new ContainerTrace("web", Status.STOPPED, false, false, Set.of(ID));
        assertThat(check.of(entry(Role.DESTINATION, stage), history(Stage.RESTORING), ended, gate(Decision.OPENED)))
                .get()
                .satisfies(found -> assertThat(found.found())
                        .startsWith("The commit gate of web at alpha is open, although its journal says that migration "
                                + ID + " is only " + stage.label())
                        .contains("nothing is removed here"));
        assertThat(check.of(entry(Role.DESTINATION, stage), history(Stage.RESTORING), ended, gate(Decision.WAITING)))
                .isEmpty();
    }

    @Test
    void whatIsHeldAsksItsSourceWhateverItsGateSays() {
        ContainerTrace running = new ContainerTrace("web", Status.RUNNING, false, false, Set.of(ID));
        assertThat(check.of(entry(Role.DESTINATION, Stage.RESTORING), history(Stage.RESTORING), running,
                gate(Decision.OPENED))).isEmpty();
    }

    @Test
    void aFreshHomeComplainsOfNobodyElsesContainers() {
        List<ContainerTrace> foreign = List.of(new ContainerTrace("paused", Status.PAUSED, false, true, Set.of()),
                new ContainerTrace("running", Status.RUNNING, false, false, Set.of()));
        assertThat(check.unexplained(List.of(), foreign, List.of())).isEmpty();
    }

    @Test
    void aFrozenContainerOfAMigrationThatTheJournalDoesNotKnowIsFound() {
        assertThat(check.unexplained(List.of(), List.of(frozen(true, false, ID)),
                List.of(new WorkspaceTrace(ID, Optional.empty(), true)))).singleElement().satisfies(found -> {
                    assertThat(found.container()).isEqualTo("web");
                    assertThat(found.migration()).isEqualTo(ID);
                    assertThat(found.found())
                            .startsWith("web is frozen and cut off from the network at alpha by migration "
                                    + ID
                                    + ", which the journal does not know. It may run at another host, and is not thawed here");
                });
    }

    @Test
    void aFenceAloneIsEnough() {
        ContainerTrace fenced = new ContainerTrace("web", Status.RUNNING, true, false, Set.of());
        assertThat(check.unexplained(List.of(), List.of(fenced), List.of())).singleElement()
                .satisfies(found -> assertThat(found.found()).startsWith("web is cut off from the network at alpha by a"
                        + " migration, but the journal has none of it that has not ended"));
    }

    @Test
    void aFrozenContainerOfAMigrationThatHasEndedByTheJournalIsFound() {
        assertThat(check.unexplained(List.of(entry(Role.SOURCE, Stage.ROLLED_BACK)), List.of(frozen(true, false, ID)),
                List.of())).singleElement().satisfies(found -> assertThat(found.found())
                        .contains("migration " + ID + ", which has ended by the journal: it is rolled-back"));
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"TRANSFERRING", "COMMITTING", "RELEASING", "ROLLING_BACK", "IN_DOUBT"})
    void whatTheJournalKeepsFrozenIsExplained(Stage stage) {
        assertThat(check.unexplained(List.of(entry(Role.SOURCE, stage)), List.of(frozen(true, true, ID)),
                List.of(new WorkspaceTrace(ID, Optional.empty(), true)))).isEmpty();
    }

    @Test
    void aHeldContainerOfAMigrationThatTheJournalDoesNotKnowIsFound() {
        ContainerTrace held = new ContainerTrace("web", Status.RUNNING, false, true, Set.of(ID));
        assertThat(check.unexplained(List.of(), List.of(held), gate(Decision.WAITING).stream().toList()))
                .singleElement().satisfies(found -> {
                    assertThat(found.container()).isEqualTo("web");
                    assertThat(found.found()).startsWith("alpha holds web at the commit gate of migration " + ID
                            + ", which the journal does not know").contains("neither let run nor removed");
                });
    }

    @Test
    void aGateOfAContainerThatTheRuntimeDoesNotKnowIsFoundAsWell() {
        assertThat(check.unexplained(List.of(), List.of(), gate(Decision.OPENED).stream().toList())).singleElement()
                .satisfies(found -> {
                    assertThat(found.container()).isNull();
                    assertThat(found.found()).startsWith("alpha has let a container run by migration " + ID);
                });
    }

    @Test
    void memoryThatIsLeftIsFoundAndLogsAreNot() {
        assertThat(check.unexplained(List.of(), List.of(), List.of(new WorkspaceTrace(ID, Optional.empty(), true))))
                .singleElement().satisfies(found -> assertThat(found.found())
                        .startsWith("alpha has memory of a container left from migration " + ID));
        assertThat(check.unexplained(List.of(), List.of(), List.of(new WorkspaceTrace(ID, Optional.empty(), false))))
                .isEmpty();
    }

    @Test
    void aGateThatWaitsThoughTheJournalHasEndedItsMigrationIsFound() {
        List<WorkspaceTrace> waiting = gate(Decision.WAITING).stream().toList();
        assertThat(check.unexplained(List.of(entry(Role.DESTINATION, Stage.ROLLED_BACK)), List.of(), waiting))
                .hasSize(1);
        assertThat(check.unexplained(List.of(entry(Role.DESTINATION, Stage.RESTORING)), List.of(), waiting)).isEmpty();
    }

    private static List<Transition> history(Stage stage) {
        return List.of(new Transition(stage, Instant.EPOCH, ""));
    }

    private static ContainerTrace frozen(boolean fenced, boolean disconnected, UUID migration) {
        return new ContainerTrace("web", Status.PAUSED, fenced, disconnected, Set.of(migration));
    }

    private static Optional<WorkspaceTrace> gate(Decision decision) {
        return Optional.of(new WorkspaceTrace(ID, Optional.of(decision), false));
    }

    private static JournalledMigration entry(Role role, Stage stage) {
        boolean source = role == Role.SOURCE;
        return new JournalledMigration(ID, role, "web", source ? "alpha" : "beta", source ? "beta" : "alpha", stage, "",
                Instant.EPOCH, null);
    }
}
