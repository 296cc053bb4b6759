package dev.caravan.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The console as a person sees it, in Chromium; screenshots are kept in {@code target/screenshots}. */
class HawtioConsoleIT {
    private static final Path SCREENSHOTS = Path
            .of(System.getProperty("caravan.console.screenshots", "target/screenshots"));

    @TempDir
    static Path directory;
    private static TestAgent agent;
    private static TestConsole console;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(ConsoleBrowser.isInstalled(), "chromium and chromedriver are not installed");
        agent = new TestAgent();
        console = new TestConsole(directory, agent.url());
    }

    @AfterAll
    static void stop() throws Exception {
        if (console != null) {
            console.close();
            agent.close();
        }
    }

    @Test
    void showsTheRoutesAndTheMigrationOfAnAgent() throws IOException {
        try (ConsoleBrowser browser = new ConsoleBrowser(console.url())) {
            browser.logIn(TestConsole.USER, TestConsole.PASSWORD);
            browser.screenshot(SCREENSHOTS.resolve("agents.png"));
            browser.open("alpha");
            browser.screenshot(SCREENSHOTS.resolve("camel.png"));

            assertThat(browser.routes()).containsEntry("request", 1L).containsEntry("attestation", 1L);
            browser.screenshot(SCREENSHOTS.resolve("routes.png"));

            assertThat(browser.migration(TestAgent.MIGRATION)).containsEntry("Stage", "transferring")
                    .containsEntry("Bytes", "268435456");
            browser.screenshot(SCREENSHOTS.resolve("migration.png"));

            assertThat(browser.call("cancel")).isEqualTo("Operation successful");
            browser.screenshot(SCREENSHOTS.resolve("cancelled.png"));
            assertThat(agent.cancelled()).isTrue();
        }
    }

    @Test
    void refusesAWrongPassword() throws IOException {
        try (ConsoleBrowser browser = new ConsoleBrowser(console.url())) {
            assertThat(browser.failToLogIn(TestConsole.USER, "guessed")).contains("Invalid credentials");
        }
    }
}
