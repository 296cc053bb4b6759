package dev.caravan.routes;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.RuntimeFault;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.stage.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The containers of this platform, as its runtime knows them. */
final class ContainerList {
    /** The status of a container that waits at its commit gate. */
    private static final String HELD = "held";
    /** The status of a container whose state the runtime cannot read. */
    private static final String UNREADABLE = "unreadable";

    private static final Logger LOG = LoggerFactory.getLogger(ContainerList.class);

    private final Platform platform;
    private final Path runcRoot;

    /**
     * One container.
     *
     * @param status as runc says it, or {@code held}, or {@code unreadable}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Row(String host, String container, String status, Integer pid, UUID migration) {
    }

    ContainerList(Platform platform, Path runcRoot) {
        this.platform = platform;
        this.runcRoot = runcRoot;
    }

    /** One row a container; one without a container if there is none, so that the host is named. */
    List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String name : names()) {
            Row row = row(name);
            if (row != null) {
                rows.add(row);
            }
        }
        return rows.isEmpty() ? List.of(new Row(platform.name(), null, null, null, null)) : rows;
    }

    private List<String> names() throws IOException {
        if (!Files.isDirectory(runcRoot)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(runcRoot)) {
            return entries.filter(Files::isDirectory).map(entry -> String.valueOf(entry.getFileName())).sorted()
                    .toList();
        }
    }

    /** Null for a container that is no more. */
    private Row row(String name) {
        List<Migration> migrations = platform.migrations().running().stream()
                .filter(migration -> migration.container().equals(name)).toList();
        UUID migration = migrations.stream().map(Migration::id).findFirst().orElse(null);
        ContainerState state;
        try {
            state = platform.runtime().state(name);
        } catch (RuntimeFault | IllegalArgumentException e) {
            // one that is torn must not hide the others
            LOG.warn("the state of container {} cannot be read: {}", name, e.getMessage());
            return new Row(platform.name(), name, UNREADABLE, null, migration);
        }
        if (state.status() == ContainerState.Status.ABSENT) {
            return null;
        }
        boolean held = migrations.stream().anyMatch(
                arriving -> arriving.role() == Role.DESTINATION && arriving.stage() != Stage.RELEASING);
        return new Row(platform.name(), name, held ? HELD : state.status().name().toLowerCase(Locale.ROOT),
                state.pid(), migration);
    }
}
