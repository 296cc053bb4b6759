package dev.caravan.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JournalTest {
    private static final Fact<Path> GATE = Fact.ofPath("gate");

    @TempDir
    Path directory;
    private final UUID id = UUID.randomUUID();

    private Journal journal() {
        return new Journal(directory.resolve("journal.db"));
    }

    @Test
    void aMigrationIsEnteredOnce() {
        try (Journal journal = journal()) {
            assertThat(journal.open(id, Role.SOURCE, "web", "alpha", "beta")).isTrue();
            assertThat(journal.open(id, Role.SOURCE, "web", "alpha", "beta")).isFalse();
            assertThat(journal.all()).hasSize(1);
        }
    }

    @Test
    void whatWasWrittenIsThereAfterReopening() {
        try (Journal journal = journal()) {
            journal.open(id, Role.DESTINATION, "web", "alpha", "beta");
            journal.enter(id, Stage.ATTESTING, "");
            journal.remember(id, GATE, Path.of("/run/gate"));
        }
        try (Journal journal = journal()) {
            assertThat(journal.unfinished()).singleElement().satisfies(m -> {
                assertThat(m.stage()).isEqualTo(Stage.ATTESTING);
                assertThat(m.peer()).isEqualTo("alpha");
            });
            assertThat(journal.recall(id, GATE)).contains(Path.of("/run/gate"));
            assertThat(journal.history(id)).extracting(Transition::stage).containsExactly(Stage.REQUESTED,
                    Stage.ATTESTING);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"RELEASING", "COMPLETED"})
    void nothingRollsBackAfterTheDestinationRan(Stage stage) {
        try (Journal journal = journal()) {
            journal.open(id, Role.SOURCE, "web", "alpha", "beta");
            StagePath.lead(journal, id, stage);
            assertThatThrownBy(() -> journal.enter(id, Stage.ROLLING_BACK, "late"))
                    .isInstanceOf(IllegalTransition.class).hasMessageContaining("rolling-back");
            assertThat(journal.find(id)).get().extracting(JournalledMigration::stage).isEqualTo(stage);
        }
    }

    @Test
    void nothingCommitsAfterARollBackBegan() {
        try (Journal journal = journal()) {
            journal.open(id, Role.SOURCE, "web", "alpha", "beta");
            StagePath.lead(journal, id, Stage.RESTORING);
            journal.enter(id, Stage.ROLLING_BACK, "beta gave up");
            assertThatThrownBy(() -> journal.enter(id, Stage.COMMITTING, "")).isInstanceOf(IllegalTransition.class);
            journal.enter(id, Stage.ROLLED_BACK, "");
            assertThat(journal.find(id)).get().extracting(JournalledMigration::reason).isEqualTo("beta gave up");
        }
    }

    @Test
    void onlyItsOwnerMayReadIt() throws Exception {
        try (Journal journal = journal()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("journal.db"))))
                    .isEqualTo("rw-------");
            assertThat(journal.all()).isEmpty();
        }
    }
}
