package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.console.ConsoleBrowser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whoever watches the agents in Hawtio sees their routes and migrations; screenshots are kept. */
@ExtendWith(RealLab.class)
@Timeout(240)
class HawtioIT {
    private static final Path SCREENSHOTS = Path.of(System.getProperty("caravan.console.screenshots",
            "target/screenshots"));

    private final TestLab lab;

    HawtioIT(TestLab lab) {
        this.lab = lab;
    }

    @AfterEach
    void clear() {
        lab.clear();
    }

    @Test
    void theRoutesCountAndTheMigrationIsThere() throws Exception {
        lab.run(ALPHA, "watched", null, "/bin/sleep", "600");
        CommandResult migrated = lab.migrate("watched", BETA);
        assertThat(migrated.exitCode()).as(migrated.toString()).isZero();
        String id = migrated.json().path("migrationId").asText();

        try (ConsoleBrowser browser = new ConsoleBrowser(lab.lab().consoleUrl())) {
            browser.logIn("caravan", Files.readString(lab.lab().consolePassword()).strip());
            browser.screenshot(SCREENSHOTS.resolve("agents.png"));

            browser.open(ALPHA);
            assertThat(browser.routes()).containsKeys("requests", "control", "restore", "watchdog")
                    .hasEntrySatisfying("transfer", completed -> assertThat(completed).isPositive());
            browser.screenshot(SCREENSHOTS.resolve("routes.png"));

            Map<String, String> migration = browser.migration(id);
            browser.screenshot(SCREENSHOTS.resolve("migration.png"));
            assertThat(migration).containsEntry("Container", "watched").containsEntry("Stage", "completed")
                    .containsEntry("Role", "source").containsEntry("Verdict", "affirming")
                    .containsEntry("Rounds", "1");
            assertThat(Long.parseLong(migration.get("BytesSent"))).isPositive();
        }
    }
}
