package dev.caravan.handover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SourceDecisionTest {
    @TempDir
    Path directory;
    private final UUID id = UUID.randomUUID();
    private Journal journal;

    @BeforeEach
    void open() {
        journal = new Journal(directory.resolve("journal.db"));
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private SourceDecision decisionAt(Stage stage) {
        journal.open(id, Role.SOURCE, "web", "alpha", "beta");
        StagePath.lead(journal, id, stage);
        return SourceDecision.of(journal, id);
    }

    @Test
    void anUnknownMigrationMayHaveBeenCommittedByAJournalThatWasLost() {
        assertThat(SourceDecision.of(journal, id)).isEqualTo(SourceDecision.UNDECIDED);
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"COMMITTING", "RELEASING", "COMPLETED"})
    void aJournalledCommitStands(Stage stage) {
        assertThat(decisionAt(stage)).isEqualTo(SourceDecision.COMMIT);
    }

    @Test
    void whatIsRolledBackIsAborted() {
        assertThat(decisionAt(Stage.ROLLING_BACK)).isEqualTo(SourceDecision.ABORT);
        journal.enter(id, Stage.ROLLED_BACK, "");
        assertThat(SourceDecision.of(journal, id)).isEqualTo(SourceDecision.ABORT);
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"ATTESTING", "TRANSFERRING", "RESTORING"})
    void whatHasNotEndedIsUndecidedWhoeverDrivesIt(Stage stage) {
        assertThat(decisionAt(stage)).isEqualTo(SourceDecision.UNDECIDED);
    }

    @Test
    void aDestinationsEntryIsNoDecision() {
        journal.open(id, Role.DESTINATION, "web", "alpha", "beta");
        StagePath.lead(journal, id, Stage.COMMITTING);
        assertThat(SourceDecision.of(journal, id)).isEqualTo(SourceDecision.UNDECIDED);
    }
}
