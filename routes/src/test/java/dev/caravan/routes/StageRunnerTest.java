package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.ContainerState;
import dev.caravan.handover.HeldExpectation;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Migrations;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.MigrationRequest;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full while a migration is rolled back. */
class StageRunnerTest {
    @TempDir
    Path directory;
    private final List<String> resumed = new CopyOnWriteArrayList<>();
    private final List<ControlMessage> sent = new ArrayList<>();
    private final CamelContext context = new DefaultCamelContext();
    private Journal journal;
    private Platform platform;
    private StageRunner runner;
    private SourceMigration migration;

    @BeforeEach
    void open() {
        journal = new Journal(directory.resolve("journal.db"));
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("resume")) {
                        resumed.add((String) arguments[0]);
                    }
                    return method.getName().equals("state")
                            ? new ContainerState("web", resumed.isEmpty() ? Status.PAUSED : Status.RUNNING, 7, null)
                            : null;
                });
        Migrations migrations = new Migrations(journal);
        platform = new Platform("alpha", directory, directory, null, "/test", migrations, runtime,
                new Collecting());
        runner = new StageRunner(platform, new Cleanup(platform), context.createProducerTemplate());
        migration = new SourceMigration(new MigrationRequest(UUID.randomUUID(), "web", "alpha", "beta", "stopcopy",
                Instant.now(), Instant.now().plusSeconds(60)));
        migrations.open(migration);
        StagePath.lead(migrations, migration, Stage.TRANSFERRING);
    }

    @AfterEach
    void close() {
        context.stop();
        journal.close();
    }

    private void execute(String sql) throws SQLException {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("journal.db"));
                Statement statement = other.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void theContainerRunsAtOnceAndTheMigrationEndsWhenThereIsRoomAgain() throws Exception {
        execute("create trigger full before update on migration begin"
                + " select raise(abort, 'database or disk is full'); end");

        runner.abort(migration, MigrationFailed.rollBack("no-room", "beta has no room"));

        assertThat(resumed).containsExactly("web");
        assertThat(journal.find(migration.id()).orElseThrow().stage()).isEqualTo(Stage.TRANSFERRING);
        assertThat(sent).as("the destination must not hold what has gone on here").extracting(ControlMessage::type)
                .containsExactly(ControlType.ABORT);
        assertThat(new Cleanup(platform).forbidsCommit(migration.id())).isTrue();

        context.addRoutes(new WatchdogRoute(platform, runner));
        context.start();
        execute("drop trigger full");

        Awaitility.await().until(() -> journal.find(migration.id()).orElseThrow().stage() == Stage.ROLLED_BACK);
        assertThat(journal.find(migration.id()).orElseThrow().reason()).isEqualTo("beta has no room");
        Awaitility.await().until(() -> sent.size() == 2);
    }

    @Test
    void whatTheDestinationAloneHoldsIsNotUndoneWhateverFails() throws Exception {
        migration.copyLost(new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(Direct.of(ControlType.HELD)).errorHandler(noErrorHandler()).process(exchange -> {
                    throw MigrationFailed.refused("destination-changed", "the revocation list is out of date");
                });
            }
        });
        context.start();

        runner.run(migration, Direct.of(ControlType.HELD), null);

        assertThat(migration.aborted()).isNull();
        assertThat(journal.find(migration.id()).orElseThrow().stage()).isEqualTo(Stage.TRANSFERRING);
        assertThat(sent).isEmpty();
        assertThat(runner.refusesCancel(migration)).get().asString().contains("beta may hold the only copy");
    }

    /** Keeps what would be sent to other agents. */
    private final class Collecting implements ControlLink {
        @Override
        public void send(ControlMessage message) {
            sent.add(message);
        }

        @Override
        public void sendWhenPossible(ControlMessage message) {
            sent.add(message);
        }
    }
}
