package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.criu.CannotControl;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.LogExcerpt;
import dev.caravan.host.Discrepancies;
import dev.caravan.host.Discrepancy;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migrations;
import dev.caravan.routes.ContainerList.Row;
import dev.caravan.stage.Platform;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerListTest {
    @TempDir
    Path directory;
    private Journal journal;
    private Migrations migrations;
    private ContainerList containers;
    private final Discrepancies discrepancies = new Discrepancies();
    private List<String> names = List.of();

    @BeforeEach
    void open() {
        journal = new Journal(directory.resolve("journal.db"));
        migrations = new Migrations(journal);
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("containers")) {
                        return names;
                    }
                    String name = (String) arguments[0];
                    if (name.equals("torn")) {
                        throw new CannotControl(name, "unexpected end of JSON input", LogExcerpt.NONE);
                    }
                    return new ContainerState(name, name.equals("gone") ? Status.ABSENT : Status.RUNNING, 7, null);
                });
        containers = new ContainerList(new Platform("alpha", directory, directory, null, "/test", migrations, runtime,
                null), discrepancies);
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private void has(String... all) {
        names = List.of(all);
    }

    @Test
    void aHostWithoutContainersIsNamed() {
        assertThat(containers.rows()).containsExactly(new Row("alpha", null, null, null, null, null));
        has("gone");
        assertThat(containers.rows()).containsExactly(new Row("alpha", null, null, null, null, null));
    }

    @Test
    void oneThatCannotBeReadHidesNoOther() {
        has("torn", "web");
        assertThat(containers.rows()).containsExactly(new Row("alpha", "torn", "unreadable", null, null, null),
                new Row("alpha", "web", "running", 7, null, null));
    }

    @Test
    void oneThatWaitsAtItsGateIsHeldUntilItRuns() {
        has("web");
        DestinationMigration migration = new DestinationMigration(UUID.randomUUID(), "web", "beta", "alpha");
        migrations.open(migration);
        StagePath.lead(migrations, migration, Stage.RESTORING);
        assertThat(containers.rows()).containsExactly(new Row("alpha", "web", "held", 7, migration.id(), null));
        StagePath.lead(migrations, migration, Stage.RELEASING);
        assertThat(containers.rows()).containsExactly(new Row("alpha", "web", "running", 7, migration.id(), null));
    }

    @Test
    void whatTheJournalDoesNotExplainIsNotSaidToRun() {
        UUID id = UUID.randomUUID();
        has("other", "web");
        discrepancies.add(new Discrepancy("web", id, "web is frozen"));
        discrepancies.add(new Discrepancy(null, id, "alpha holds a container"));
        assertThat(containers.rows()).containsExactly(new Row("alpha", "other", "running", 7, null, null),
                new Row("alpha", "web", "unexplained", 7, id, "web is frozen"),
                new Row("alpha", null, "unexplained", null, id, "alpha holds a container"));
    }
}
