package dev.caravan.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.store.Schema;
import dev.caravan.store.Store;
import dev.caravan.store.StoreFailed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal says which version of its format it has; older ones are upgraded, newer ones left alone. */
class JournalVersionTest {
    private final UUID id = UUID.randomUUID();
    private Path file;

    @BeforeEach
    void nameIt(@TempDir Path directory) {
        file = directory.resolve("journal.db");
    }

    @Test
    void aNewJournalHasTheNewestVersion() {
        new Journal(file).close();
        assertThat(version()).isEqualTo(Journal.SCHEMA.version()).isPositive();
    }

    @Test
    void aJournalOfANewerCaravanIsRefusedAndSaysWhatToDo() throws Exception {
        filled().close();
        int newer = Journal.SCHEMA.version() + 1;
        try (Store store = store()) {
            store.execute("pragma user_version = " + newer);
        }
        byte[] before = Files.readAllBytes(file);

        assertThatThrownBy(() -> new Journal(file)).isInstanceOf(StoreFailed.class)
                .hasMessageContaining(file.toString()).hasMessageContaining("version " + newer)
                .hasMessageContaining("versions 0 to " + Journal.SCHEMA.version())
                .hasMessageContaining("start that one again").hasMessageContaining("do not delete it");

        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void anUpgradeRunsOnlyTheStepsThatAreMissing() {
        filled().close();
        List<String> steps = new ArrayList<>(Journal.SCHEMA.steps());
        steps.add("alter table migration add column mode text not null default 'stopcopy';\n");
        for (int opened = 0; opened < 2; opened++) {
            try (Store store = new Store(file, new Schema(steps))) {
                assertThat(store.query("select mode from migration", row -> row.getString(1)))
                        .containsExactly("stopcopy");
            }
        }
        assertThat(version()).isEqualTo(steps.size());
    }

    @Test
    void anUpgradeThatFailsLeavesTheOlderVersion() {
        filled().close();
        List<String> steps = new ArrayList<>(Journal.SCHEMA.steps());
        steps.add("alter table migration add column mode text;\ninsert into nowhere values (1);\n");

        assertThatThrownBy(() -> new Store(file, new Schema(steps))).isInstanceOf(StoreFailed.class);

        assertThat(version()).isEqualTo(Journal.SCHEMA.version());
        try (Journal journal = new Journal(file); Store store = store()) {
            assertThat(journal.all()).hasSize(1);
            assertThat(store.query("select name from pragma_table_info('migration')", row -> row.getString(1)))
                    .doesNotContain("mode");
        }
    }

    @Test
    void aFactThatWasChangedIsNotTakenForWhatWasWritten() {
        try (Journal journal = filled()) {
            journal.remember(id, Fact.ofText("number"), "many");
            assertThatThrownBy(() -> journal.recall(id, Fact.of("number", String::valueOf, Integer::valueOf)))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("number is not what was written");
        }
    }

    private Journal filled() {
        Journal journal = new Journal(file);
        journal.open(id, Role.SOURCE, "web", "alpha", "beta");
        return journal;
    }

    private Store store() {
        return new Store(file, Journal.SCHEMA);
    }

    private int version() {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet version = statement.executeQuery("pragma user_version")) {
            return version.getInt(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
