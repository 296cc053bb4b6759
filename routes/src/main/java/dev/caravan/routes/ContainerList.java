package dev.caravan.routes;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.RuntimeFault;
import dev.caravan.host.Discrepancies;
import dev.caravan.host.Discrepancy;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.stage.Platform;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The containers of this platform, as its runtime knows them. */
final class ContainerList {
    /** The status of a container that waits at its commit gate. */
    private static final String HELD = "held";
    /** The status of a container whose state the runtime cannot read. */
    private static final String UNREADABLE = "unreadable";
    /** The status of a container, or of what is left of one, that the journal does not explain. */
    private static final String UNEXPLAINED = "unexplained";

    private static final Logger LOG = LoggerFactory.getLogger(ContainerList.class);

    private final Platform platform;
    private final Discrepancies discrepancies;

    /**
     * One container.
     *
     * @param status      as runc says it, or {@code held}, {@code unreadable} or {@code unexplained}
     * @param discrepancy what the journal does not explain of it, and what to do; else null
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Row(String host, String container, String status, Integer pid, UUID migration, String discrepancy) {
    }

    ContainerList(Platform platform, Discrepancies discrepancies) {
        this.platform = platform;
        this.discrepancies = discrepancies;
    }

    /** One row a container; one without a container if there is none, so that the host is named. */
    List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        Set<String> named = new HashSet<>();
        for (String name : platform.runtime().containers()) {
            Row row = row(name);
            if (row != null) {
                rows.add(row);
                named.add(name);
            }
        }
        for (Discrepancy odd : discrepancies.all()) {
            if (odd.container() == null || !named.contains(odd.container())) {
                rows.add(new Row(platform.name(), odd.container(), UNEXPLAINED, null, odd.migration(), odd.found()));
            }
        }
        return rows.isEmpty() ? List.of(new Row(platform.name(), null, null, null, null, null)) : rows;
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
            return new Row(platform.name(), name, UNREADABLE, null, migration, null);
        }
        if (state.status() == ContainerState.Status.ABSENT) {
            return null;
        }
        Optional<Discrepancy> odd = discrepancies.of(name);
        if (odd.isPresent()) {
            return new Row(platform.name(), name, UNEXPLAINED, state.pid(), odd.get().migration(), odd.get().found());
        }
        boolean held = migrations.stream().anyMatch(
                arriving -> arriving.role() == Role.DESTINATION && arriving.stage() != Stage.RELEASING);
        return new Row(platform.name(), name, held ? HELD : state.status().name().toLowerCase(Locale.ROOT),
                state.pid(), migration, null);
    }
}
