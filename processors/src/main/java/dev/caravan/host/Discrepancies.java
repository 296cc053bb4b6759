package dev.caravan.host;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the journal did not explain when the agent started. It stays until the agent starts again: that somebody puts up a
 * link, for example, is no decision that a container may run.
 */
public final class Discrepancies {
    private static final Logger LOG = LoggerFactory.getLogger(Discrepancies.class);

    private final List<Discrepancy> found = new CopyOnWriteArrayList<>();

    public void add(Discrepancy discrepancy) {
        LOG.error("{}", discrepancy);
        found.add(discrepancy);
    }

    public List<Discrepancy> all() {
        return List.copyOf(found);
    }

    /** The first that concerns a container. */
    public Optional<Discrepancy> of(String container) {
        return found.stream().filter(each -> container.equals(each.container())).findFirst();
    }

    /** The first that concerns a migration. */
    public Optional<Discrepancy> of(UUID migration) {
        return found.stream().filter(each -> migration.equals(each.migration())).findFirst();
    }
}
