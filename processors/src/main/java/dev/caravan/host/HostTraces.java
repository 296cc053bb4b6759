package dev.caravan.host;

import dev.caravan.criu.CommitGate;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.RuntimeFault;
import dev.caravan.network.ContainerNetwork;
import dev.caravan.network.NetworkFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for what migrations have left on this host, whatever the journal says. */
public final class HostTraces {
    private static final Logger LOG = LoggerFactory.getLogger(HostTraces.class);

    private final ContainerRuntime runtime;
    private final ContainerNetwork network;
    private final Path migrations;

    /**
     * @param network    the containers' networks, or null if the host has none
     * @param migrations the directory on the tmpfs that has a directory for each migration
     */
    public HostTraces(ContainerRuntime runtime, ContainerNetwork network, Path migrations) {
        this.runtime = runtime;
        this.network = network;
        this.migrations = migrations.toAbsolutePath().normalize();
    }

    /** Every container's; what cannot be looked at is logged and left out. */
    public List<ContainerTrace> containers() {
        List<ContainerTrace> found = new ArrayList<>();
        for (String name : runtime.containers()) {
            try {
                found.add(container(name));
            } catch (IOException | RuntimeFault | IllegalArgumentException e) {
                LOG.warn("it cannot be seen whether a migration has left anything on container {}: {}", name,
                        e.getMessage());
            }
        }
        return found;
    }

    /** One container's. */
    public ContainerTrace container(String name) throws IOException {
        ContainerState state = runtime.state(name);
        // a container that has come keeps the note of its gate, which goes when its migration has completed
        Set<UUID> begun = runtime.workDirectories(name).stream().filter(Files::isDirectory).map(this::migrationOf)
                .flatMap(Optional::stream).collect(Collectors.toSet());
        ContainerTrace offline = new ContainerTrace(name, state.status(), false, false, begun);
        if (!offline.lives() || network == null) {
            return offline;
        }
        // its bundle may name another by now, or none
        Path namespace = Path.of("/proc", Integer.toString(state.pid()), "ns", "net");
        boolean fenced = network.isFenced(namespace);
        boolean stands = fenced || state.status() == Status.PAUSED;
        return new ContainerTrace(name, state.status(), fenced, stands && isDisconnected(namespace), begun);
    }

    private boolean isDisconnected(Path namespace) throws IOException {
        try {
            return !network.isConnected(network.find(namespace));
        } catch (NetworkFailed e) {
            return false; // it has no link to this host
        }
    }

    /** What is in the directories of migrations. */
    public List<WorkspaceTrace> workspaces() throws IOException {
        if (!Files.isDirectory(migrations)) {
            return List.of();
        }
        try (Stream<Path> directories = Files.list(migrations)) {
            return directories.map(this::workspace).flatMap(Optional::stream).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** What is in a migration's directory; empty if there is none. */
    public Optional<WorkspaceTrace> workspace(UUID migration) {
        return workspace(migrations.resolve(migration.toString()));
    }

    private Optional<WorkspaceTrace> workspace(Path directory) {
        Path gate = directory.resolve("gate");
        return migrationOf(directory).filter(id -> Files.isDirectory(directory))
                .map(id -> new WorkspaceTrace(id,
                        Files.isDirectory(gate) ? Optional.of(new CommitGate(gate).decision()) : Optional.empty(),
                        hasFiles(directory.resolve("images"))));
    }

    private static boolean hasFiles(Path directory) {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The migration whose directory a path is, or is in. */
    private Optional<UUID> migrationOf(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        if (!absolute.startsWith(migrations) || absolute.equals(migrations)) {
            return Optional.empty();
        }
        try {
            return Optional.of(UUID.fromString(migrations.relativize(absolute).getName(0).toString()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
