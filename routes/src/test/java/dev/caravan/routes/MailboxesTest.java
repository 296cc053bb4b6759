package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.handover.Event;
import dev.caravan.handover.HeldExpectation;
import dev.caravan.handover.Reaction;
import dev.caravan.handover.Reactions;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.DestinationMigration;
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
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent does about what happens to its migrations, and in which order. */
class MailboxesTest {
    @TempDir
    Path directory;
    private final List<String> resumed = new CopyOnWriteArrayList<>();
    private final List<ControlMessage> sent = new CopyOnWriteArrayList<>();
    private final CamelContext context = new DefaultCamelContext();
    private Journal journal;
    private Platform platform;
    private final List<String> order = new CopyOnWriteArrayList<>();
    private Mailboxes mailboxes;
    private SourceMigration migration;

    @BeforeEach
    void open() throws Exception {
        journal = new Journal(directory.resolve("journal.db"));
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("resume")) {
                        resumed.add((String) arguments[0]);
                        order.add("resume");
                    }
                    if (method.getReturnType() == boolean.class) {
                        return false;
                    }
                    return method.getName().equals("state")
                            ? new ContainerState((String) arguments[0], status((String) arguments[0]), 7, null)
                            : null;
                });
        Migrations migrations = new Migrations(journal);
        platform = new Platform("alpha", directory, directory, null, "/test", migrations, runtime,
                new Collecting());
        mailboxes = new Mailboxes(context);
        context.addRoutes(new ReplyRoute(platform));
        context.addRoutes(new RollingBackRoute(platform, new Cleanup(platform)));
        context.addRoutes(new RepeatingRoute(platform));
        context.start();
        migration = open("web");
    }

    private SourceMigration open(String container) {
        SourceMigration opened = new SourceMigration(new MigrationRequest(UUID.randomUUID(), container, "alpha", "beta",
                "stopcopy", Instant.now(), Instant.now().plusSeconds(60)));
        platform.migrations().open(opened);
        StagePath.lead(platform.migrations(), opened, Stage.TRANSFERRING);
        return opened;
    }

    private Status status(String container) {
        if (container.equals("gone")) {
            return Status.ABSENT;
        }
        return resumed.contains(container) ? Status.RUNNING : Status.PAUSED;
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

        mailboxes.post(migration, Event.FAILED, MigrationFailed.rollBack("no-room", "beta has no room"));

        Awaitility.await().until(() -> resumed.contains("web"));
        assertThat(journal.find(migration.id()).orElseThrow().stage()).isEqualTo(Stage.TRANSFERRING);
        assertThat(sent).as("the destination must not hold what has gone on here").extracting(ControlMessage::type)
                .containsExactly(ControlType.ABORT);
        assertThat(new Cleanup(platform).forbidsCommit(migration.id())).isTrue();

        context.addRoutes(new WatchdogRoute(platform.migrations(), mailboxes));
        execute("drop trigger full");

        Awaitility.await().until(() -> journal.find(migration.id()).orElseThrow().stage() == Stage.ROLLED_BACK);
        assertThat(journal.find(migration.id()).orElseThrow().reason()).isEqualTo("beta has no room");
        assertThat(sent).hasSize(2);
    }

    @Test
    void whatTheDestinationAloneHoldsIsNotUndoneWhateverFails() throws Exception {
        StagePath.lead(platform.migrations(), migration, Stage.RESTORING);
        migration.copyLost(new HeldExpectation(new byte[32], new byte[32], new byte[9], new byte[32]));
        route(Reactions.COMMIT, exchange -> {
            throw MigrationFailed.refused("destination-changed", "the revocation list is out of date");
        });

        mailboxes.deliver(migration, ControlType.HELD, null);
        Awaitility.await().until(() -> mailboxes.isIdle(migration.id()));

        assertThat(migration.aborted()).isNull();
        assertThat(journal.find(migration.id()).orElseThrow().stage()).isEqualTo(Stage.RESTORING);
        assertThat(sent).isEmpty();
        assertThat(mailboxes.cancel(migration, MigrationFailed.rollBack("cancelled", "no"))).get().asString()
                .contains("beta may hold the only copy");
    }

    @Test
    void theOtherSideHearsOfAnAbortBeforeAnythingIsUndone() {
        mailboxes.deliver(migration, ControlType.ABORT, new Reason("no-room", "beta has no room", false, null));

        Awaitility.await().until(() -> journal.find(migration.id()).orElseThrow().stage() == Stage.ROLLED_BACK);
        assertThat(order).containsExactly("abort", "resume");
    }

    @Test
    void noMigrationWaitsForAnother() throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        route(Reactions.LET_GO, exchange -> hangs.await());
        StagePath.lead(platform.migrations(), migration, Stage.COMMITTING);
        SourceMigration other = open("db");
        try {
            for (int i = 0; i < 100; i++) {
                mailboxes.deliver(migration, ControlType.QUERY, null);
            }
            assertThat(mailboxes.cancel(other, MigrationFailed.rollBack("cancelled", "somebody wishes so"))).isEmpty();
            Awaitility.await().until(() -> journal.find(other.id()).orElseThrow().stage() == Stage.ROLLED_BACK);
            assertThat(hangs.getCount()).isOne();
        } finally {
            hangs.countDown();
        }
    }

    @Test
    void messagesBeyondTheBoundAreDroppedAndWhatEndsAMigrationInterruptsWhatRunsAndComesNext() throws Exception {
        AtomicInteger handled = new AtomicInteger();
        route(Reactions.COMMIT, exchange -> {
            handled.incrementAndGet();
            while (migration.aborted() == null) {
                Thread.onSpinWait();
            }
            migration.requireWanted();
        });
        StagePath.lead(platform.migrations(), migration, Stage.RESTORING);
        for (int i = 0; i < 10 * Mailboxes.CAPACITY; i++) {
            mailboxes.deliver(migration, ControlType.HELD, null);
        }
        Awaitility.await().until(() -> handled.get() == 1);

        assertThat(mailboxes.cancel(migration, MigrationFailed.rollBack("cancelled", "somebody wishes so"))).isEmpty();

        Awaitility.await().until(() -> mailboxes.isIdle(migration.id()));
        assertThat(handled).as("what waited behind it is not due any more").hasValue(1);
        assertThat(journal.find(migration.id()).orElseThrow().reason()).isEqualTo("somebody wishes so");
    }

    @Test
    void aHeldContainerThatEndedIsNoticedByWhoLooksAtIt() throws Exception {
        DestinationMigration held = new DestinationMigration(UUID.randomUUID(), "gone", "beta", "alpha");
        platform.migrations().open(held);
        StagePath.lead(platform.migrations(), held, Stage.RESTORING);
        held.held(HeldRestore.rediscover(platform.runtime(), "gone", platform.gate(held.id())));
        held.heldReport(new Held(new byte[1], new byte[32]));

        mailboxes.look(held);

        Awaitility.await().until(() -> journal.find(held.id()).orElseThrow().stage() == Stage.ROLLED_BACK);
        assertThat(journal.find(held.id()).orElseThrow().reason()).contains("ended while it was held");
    }

    private void route(Reaction reaction, Processor processor) throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(Direct.of(reaction)).errorHandler(noErrorHandler()).process(processor);
            }
        });
    }

    /** Keeps what would be sent to other agents. */
    private final class Collecting implements ControlLink {
        @Override
        public void send(ControlMessage message) {
            sent.add(message);
            order.add(message.type().label());
        }

        @Override
        public void sendWhenPossible(ControlMessage message) {
            sent.add(message);
            order.add(message.type().label());
        }
    }
}
