package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.bundle.Admission;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlType;
import dev.caravan.criu.CommitGate;
import dev.caravan.criu.CommitGate.Decision;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migrations;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The destination after the source has committed: what it says is durable and already so. */
class CommittingRouteTest extends CamelTestSupport {
    @TempDir
    static Path directory;

    private final UUID id = UUID.randomUUID();
    /** What was said and done, with the stage that the journal had then. */
    private final List<String> done = new ArrayList<>();
    private Reason lost;
    private boolean lives = true;
    private Journal journal;
    private Mailboxes mailboxes;
    private Platform platform;
    private DestinationMigration migration;
    private CommitGate gate;
    private Path file;

    @Override
    protected RoutesBuilder[] createRouteBuilders() throws Exception {
        Path home = Files.createTempDirectory(directory, "beta");
        journal = new Journal(home.resolve("journal.db"));
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "lives" -> lives;
                    case "restoring" -> false;
                    case "state" -> ContainerState.class.cast(null);
                    case "remove" -> {
                        note("remove");
                        yield null;
                    }
                    case "tidy" -> null;
                    default -> throw new AssertionError("unexpected: " + method);
                });
        platform = new Platform("beta", home.resolve("containers"), home.resolve("run"), null, "/test",
                new Migrations(journal), runtime, null);
        mailboxes = new Mailboxes(context);
        CommittingRoute committing = new CommittingRoute(platform, new Attesting(platform, null, null),
                new SourceStages(platform, null, null),
                new DestinationStages(platform, null, null, null, Admission.DEFAULT, null), new Cleanup(platform));
        return new RoutesBuilder[]{committing, new RollingBackRoute(platform, new Cleanup(platform)),
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from(Direct.reply(ControlType.COMMIT)).to("mock:commit");
                        from(Direct.reply(ControlType.RUNNING)).process(exchange -> note("RUNNING"));
                        from(Direct.tell(ControlType.ABORT)).process(exchange -> note("ABORT"));
                        from(Direct.tell(ControlType.LOST)).process(exchange -> {
                            note("LOST");
                            lost = exchange.getMessage().getBody(Reason.class);
                        });
                    }
                }};
    }

    private void note(String what) {
        done.add(what + " while " + journal.find(id).orElseThrow().stage());
    }

    @BeforeEach
    void hold() throws Exception {
        migration = new DestinationMigration(id, "web", "alpha", "beta");
        platform.migrations().open(migration);
        StagePath.lead(platform.migrations(), migration, Stage.RESTORING);
        journal.remember(id, Facts.PLACE_TAKEN, "web");
        file = Files.createDirectories(platform.bundle("web").resolve("rootfs")).resolve("written-by-the-container");
        Files.writeString(file, "precious");
        gate = new CommitGate(platform.gate(id));
        gate.install();
        tell("work", "/w");
        migration.heldReport(new Held(new byte[1], new byte[32]));
        migration.held(HeldRestore.rediscover(platform.runtime(), "web", gate.directory()));
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private void tell(String mark, String text) throws IOException {
        Files.writeString(gate.directory().resolve(mark), text);
    }

    private void commit() {
        mailboxes.deliver(migration, ControlType.COMMIT, null);
        Awaitility.await().until(() -> mailboxes.isIdle(id));
    }

    @Test
    void runningIsSaidOnceItIsJournalled() throws Exception {
        tell("resumed", "1");
        commit();
        assertThat(done).containsExactly("RUNNING while RELEASING");
        assertThat(gate.decision()).isEqualTo(Decision.OPENED);
    }

    @Test
    void aRestoreThatFailedAfterTheProcessesRanIsNotLost() throws Exception {
        gate.open();
        tell("exit", "  1");
        commit();
        assertThat(done).containsExactly("RUNNING while RELEASING");
        assertThat(file).exists();
    }

    @Test
    void aContainerThatEndedIsLostOnceNothingOfItLivesAndTheJournalSaysSo() throws Exception {
        lives = false;
        tell("resumed", "1");
        gate.open();
        commit();
        assertThat(done).containsExactly("remove while COMMITTING", "LOST while IN_DOUBT");
        assertThat(file).as("it may have written it").hasContent("precious");
        assertThat(lost.reason()).contains("may have run",
                "its files are kept at beta in " + platform.bundle("web"), "rm -r --one-file-system");
    }

    @Test
    void afterARebootTheFilesAreKeptForTheGateMayHaveBeenOpened() throws Exception {
        lives = false;
        platform.migrations().enter(migration, Stage.COMMITTING, "");
        wipe(gate.directory());
        commit();
        assertThat(done).containsExactly("remove while COMMITTING", "LOST while IN_DOUBT");
        assertThat(file).exists();
    }

    @Test
    void whatEndedBeforeItsGateWasOpenedNeverRunsAndTheCommitIsTakenBack() throws Exception {
        lives = false;
        tell("exit", "137");
        commit();
        assertThat(done).containsExactly("ABORT while ROLLING_BACK", "remove while ROLLING_BACK");
        assertThat(gate.directory()).doesNotExist();
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(Stage.ROLLED_BACK);
        assertThat(platform.bundle("web")).doesNotExist();
    }

    private static void wipe(Path directory) throws IOException {
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path each : files) {
                Files.delete(each);
            }
        }
        Files.delete(directory);
    }
}
