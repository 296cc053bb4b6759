package dev.caravan.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.criu.CannotControl;
import dev.caravan.criu.CommitGate;
import dev.caravan.criu.CommitGate.Decision;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.LogExcerpt;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostTracesTest {
    private final UUID id = UUID.randomUUID();
    @TempDir
    Path migrations;
    private HostTraces traces;

    @BeforeEach
    void look() {
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "containers" -> List.of("frozen", "unreadable", "came");
                    case "workDirectories" -> List.of(arguments[0].equals("frozen")
                            ? migrations.resolve(id.toString()).resolve("logs")
                            : migrations.resolve(UUID.randomUUID().toString()).resolve("gate"));
                    case "state" -> {
                        if (arguments[0].equals("unreadable")) {
                            throw new CannotControl("unreadable", "runc cannot tell its state", LogExcerpt.NONE);
                        }
                        yield new ContainerState((String) arguments[0], Status.PAUSED, 7, null);
                    }
                    default -> throw new AssertionError("unexpected: " + method);
                });
        traces = new HostTraces(runtime, null, migrations);
    }

    @Test
    void marksAreOfThoseMigrationsWhoseDirectoriesAreThere() throws IOException {
        Files.createDirectories(migrations.resolve(id.toString()).resolve("logs"));
        assertThat(traces.containers()).containsExactly(
                new ContainerTrace("frozen", Status.PAUSED, false, false, Set.of(id)),
                new ContainerTrace("came", Status.PAUSED, false, false, Set.of()));
    }

    @Test
    void aWorkspaceShowsItsGateAndWhetherThereIsMemory() throws IOException {
        Path workspace = Files.createDirectories(migrations.resolve(id.toString()));
        Files.createDirectories(workspace.resolve("logs"));
        Files.createDirectories(migrations.resolve("somebody-elses"));
        assertThat(traces.workspaces()).containsExactly(new WorkspaceTrace(id, Optional.empty(), false));

        Files.writeString(Files.createDirectories(workspace.resolve("images")).resolve("pages-1.img"), "memory");
        CommitGate gate = new CommitGate(workspace.resolve("gate"));
        gate.install();
        assertThat(traces.workspace(id)).contains(new WorkspaceTrace(id, Optional.of(Decision.WAITING), true));
        gate.open();
        assertThat(traces.workspaces()).containsExactly(new WorkspaceTrace(id, Optional.of(Decision.OPENED), true));
    }

    @Test
    void aHostThatNeverHadAMigrationHasNone() throws IOException {
        Files.delete(migrations);
        assertThat(traces.workspaces()).isEmpty();
        assertThat(traces.workspace(id)).isEmpty();
    }
}
