package dev.caravan.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.control.ControlCodec;
import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.Transition;
import dev.caravan.event.MigrationReport;
import dev.caravan.migration.Facts;
import dev.caravan.recorded.Recording.Message;
import dev.caravan.wire.WireJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An agent that is upgraded goes on with the journal that the earlier version wrote. */
class RecordedJournalTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void theSourcesJournalIsTakenUp(Recording recording) throws Exception {
        Path file = recording.journal("alpha", directory);
        for (int opened = 0; opened < 2; opened++) {
            try (Journal journal = new Journal(file)) {
                UUID id = requireCompleted(journal, Role.SOURCE);
                assertThat(journal.history(id)).extracting(Transition::stage).containsExactly(Stage.REQUESTED,
                        Stage.ATTESTING, Stage.PREPARING, Stage.SYNCING, Stage.FREEZING, Stage.TRANSFERRING,
                        Stage.RESTORING, Stage.COMMITTING, Stage.RELEASING, Stage.COMPLETED);
                assertThat(journal.recall(id, Facts.BUNDLE)).get().asString().endsWith("recorded");
                assertThat(journal.recall(id, Facts.NAMESPACE)).isPresent();
                assertThat(journal.recall(id, Facts.PEER_CERTIFICATE)).isPresent();
                assertThat(journal.recall(id, Facts.HELD_EXPECTATION).orElseThrow().streamDigest()).hasSize(32);
                assertThat(journal.recall(id, Facts.PROTOCOL)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void theDestinationsJournalIsTakenUp(Recording recording) throws Exception {
        try (Journal journal = new Journal(recording.journal("beta", directory))) {
            UUID id = requireCompleted(journal, Role.DESTINATION);
            assertThat(journal.history(id)).extracting(Transition::stage).containsExactly(Stage.REQUESTED,
                    Stage.ATTESTING, Stage.PREPARING, Stage.SYNCING, Stage.TRANSFERRING, Stage.RESTORING,
                    Stage.COMMITTING, Stage.RELEASING, Stage.COMPLETED);
            assertThat(journal.recall(id, Facts.PLACE_TAKEN)).contains("recorded");
            assertThat(journal.recall(id, Facts.PEER_CERTIFICATE)).isPresent();
            Message last = recording.messages("it-alpha.control").stream()
                    .filter(message -> new String(message.body(), StandardCharsets.UTF_8).contains("\"held\""))
                    .findFirst().orElseThrow();
            assertThat(WireJson.node(journal.recall(id, Facts.HELD).orElseThrow()).toString())
                    .as("what is said again is the same")
                    .isEqualTo(ControlCodec.decode(last.body(), "it-alpha").body().toString());
        }
    }

    private static UUID requireCompleted(Journal journal, Role role) throws Exception {
        assertThat(journal.unfinished()).isEmpty();
        JournalledMigration only = journal.all().get(0);
        assertThat(journal.all()).hasSize(1);
        assertThat(only.role()).isEqualTo(role);
        assertThat(only.stage()).isEqualTo(Stage.COMPLETED);
        if (role == Role.SOURCE) {
            assertThat(WireJson.read(only.report().getBytes(StandardCharsets.UTF_8), MigrationReport.class).batches())
                    .isPositive();
        }
        return only.id();
    }
}
