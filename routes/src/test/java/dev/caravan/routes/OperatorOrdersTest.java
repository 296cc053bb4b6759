package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.host.Discrepancies;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.Migrations;
import dev.caravan.query.OperatorQuery.Runs;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OperatorOrdersTest {
    @TempDir
    Path directory;
    private final List<String> resumed = new CopyOnWriteArrayList<>();
    private final List<ControlMessage> sent = new CopyOnWriteArrayList<>();
    private final CamelContext context = new DefaultCamelContext();
    private final UUID id = UUID.randomUUID();
    private Journal journal;
    private OperatorOrders orders;

    @BeforeEach
    void open() throws Exception {
        journal = new Journal(directory.resolve("journal.db"));
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "resume" -> {
                        resumed.add((String) arguments[0]);
                        yield null;
                    }
                    case "state" -> new ContainerState("web", resumed.isEmpty() ? Status.PAUSED : Status.RUNNING, 7,
                            null);
                    default -> null;
                });
        Platform platform = new Platform("alpha", directory, directory, null, "/test", new Migrations(journal),
                runtime, new Collecting());
        Mailboxes mailboxes = new Mailboxes(context);
        Cleanup cleanup = new Cleanup(platform);
        context.addRoutes(new ReplyRoute(platform));
        context.addRoutes(new RollingBackRoute(platform, cleanup));
        context.addRoutes(new ReleasingRoute(platform, cleanup, null));
        context.start();
        orders = new OperatorOrders(platform.migrations(), mailboxes, new RememberedMigrations(platform, cleanup),
                new Discrepancies());
    }

    @AfterEach
    void close() {
        context.stop();
        journal.close();
    }

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

    private void source(Stage stage) {
        journal.open(id, Role.SOURCE, "web", "alpha", "beta");
        StagePath.lead(journal, id, stage);
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"COMMITTING", "IN_DOUBT"})
    void theSourcesFrozenCopyGoesOnByAPersonsWord(Stage stage) throws Exception {
        source(stage);

        assertThat(orders.resolve(id, Runs.SOURCE)).isEqualTo(Map.of("accepted", true));

        Awaitility.await().until(() -> journal.find(id).orElseThrow().stage() == Stage.ROLLED_BACK);
        assertThat(resumed).containsExactly("web");
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.ABORT);
        assertThat(journal.find(id).orElseThrow().reason())
                .isEqualTo("an operator resolved it: web goes on at alpha");
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"COMMITTING", "IN_DOUBT"})
    void theSourceReleasesItsCopyByAPersonsWord(Stage stage) throws Exception {
        source(stage);

        assertThat(orders.resolve(id, Runs.DESTINATION)).isEqualTo(Map.of("accepted", true));

        Awaitility.await().until(() -> journal.find(id).orElseThrow().stage() == Stage.COMPLETED);
        assertThat(resumed).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, names = {"SYNCING", "ROLLED_BACK", "COMPLETED"})
    void whatIsNotInDoubtIsNotResolved(Stage stage) throws Exception {
        source(stage);

        assertThat(orders.resolve(id, Runs.SOURCE)).containsEntry("accepted", false);
        assertThat(orders.resolve(id, Runs.SOURCE).get("reason")).asString().contains(stage.label(), "not in doubt");
        assertThat(journal.find(id).orElseThrow().stage()).isEqualTo(stage);
    }

    @Test
    void anUnknownMigrationIsAnotherPlatforms() throws Exception {
        assertThat(orders.resolve(id, Runs.SOURCE)).isEqualTo(Map.of("accepted", false));
    }
}
