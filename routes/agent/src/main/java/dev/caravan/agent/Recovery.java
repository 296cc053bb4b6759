package dev.caravan.agent;

import dev.caravan.authority.Pem;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.network.ContainerNetwork;
import dev.caravan.network.ContainerPort;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.StageRunner;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After a crash, before any message is taken: what had not committed is undone, what had goes forward, and a container
 * that is held at its gate stays there until the source has said what its journal holds. A source that has lost its own
 * copy while the destination may hold one waits for that, and commits. What cannot be taken up is tried again.
 */
final class Recovery extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private static final int AGAIN_MILLIS = 5_000;

    private final Platform platform;
    private final StageRunner runner;
    private final Set<UUID> left = new LinkedHashSet<>();

    Recovery(Platform platform, StageRunner runner) {
        this.platform = platform;
        this.runner = runner;
    }

    /** Takes every unfinished migration up again. */
    void run() {
        platform.migrations().journal().unfinished().stream().filter(entry -> entry.stage() != Stage.IN_DOUBT)
                .forEach(this::takeUp);
    }

    /** What could not be taken up is tried again until it is. */
    @Override
    public void configure() {
        from("timer:recovery?period=" + AGAIN_MILLIS + "&delay=" + AGAIN_MILLIS).routeId("recovery")
                .process(exchange -> List.copyOf(left).forEach(id -> entry(id).ifPresent(this::takeUp)));
    }

    private void takeUp(JournalledMigration entry) {
        boolean again = left.contains(entry.id());
        if (!again) {
            LOG.warn("migration {} of {} was cut off while {}", entry.id(), entry.container(), entry.stage().label());
        }
        try {
            Migration migration = entry.role() == Role.SOURCE ? source(entry) : destination(entry);
            platform.migrations().resume(migration);
            migration.entered(entry.stage());
            take(migration, entry);
        } catch (IOException | RuntimeException e) {
            // the other migrations must not wait for what hinders this one
            if (!again) {
                LOG.error("migration {} of {} cannot be taken up again yet, stays {}, and is tried every {} s: {}",
                        entry.id(), entry.container(), entry.stage().label(), AGAIN_MILLIS / 1000, e.toString(), e);
            }
        }
        // once it runs, the watchdog looks after it
        if (platform.migrations().find(entry.id()).isPresent() || entry(entry.id()).isEmpty()) {
            left.remove(entry.id());
        } else {
            left.add(entry.id());
        }
    }

    private Optional<JournalledMigration> entry(UUID id) {
        return platform.migrations().journal().find(id).filter(found -> !found.stage().isFinal());
    }

    private void take(Migration migration, JournalledMigration entry) throws IOException {
        boolean mayBeHeld = migration.role() == Role.DESTINATION && entry.stage() == Stage.RESTORING
                && ((DestinationMigration) migration).held().outcome() != HeldRestore.Outcome.GONE;
        if (entry.stage() == Stage.ROLLING_BACK) {
            migration.abort(cutOff(entry));
            runner.finishRollBack(migration, migration.aborted());
        } else if (migration instanceof SourceMigration source && source.isCopyLost()) {
            if (entry.stage() == Stage.TRANSFERRING) {
                platform.migrations().enter(migration, Stage.RESTORING, "");
            }
            LOG.warn("{} does not run at {} any more; migration {} waits for {} to show that it holds it",
                    entry.container(), platform.name(), entry.id(), entry.peer());
        } else if (entry.stage().isBeforeCommit() && !mayBeHeld) {
            runner.abort(migration, cutOff(entry));
        } else {
            LOG.warn("migration {} of {} goes on from {}", entry.id(), entry.container(), entry.stage().label());
        }
    }

    private MigrationFailed cutOff(JournalledMigration entry) {
        String why = entry.reason().isEmpty()
                ? "the agent of " + platform.name() + " was restarted while " + entry.stage().label()
                : entry.reason();
        return MigrationFailed.rollBack("restarted", why);
    }

    private SourceMigration source(JournalledMigration entry) throws IOException {
        SourceMigration migration = new SourceMigration(new MigrationRequest(entry.id(), entry.container(),
                entry.source(), entry.destination(), "stopcopy", Instant.now(), Instant.now()));
        migration.peerKey(peerKey(entry));
        Journal journal = platform.migrations().journal();
        migration.port(port(entry, Cleanup.namespace(journal, entry.id()).orElse(null)));
        // the expectation is kept just before the stage is entered
        boolean sent = entry.stage() == Stage.TRANSFERRING || entry.stage() == Stage.RESTORING;
        if (sent && !new Cleanup(platform).forbidsCommit(entry.id()) && !lives(entry.container())) {
            journal.recall(entry.id(), Facts.HELD_EXPECTATION).ifPresent(migration::copyLost);
        }
        return migration;
    }

    private boolean lives(String container) {
        ContainerState.Status status = platform.runtime().state(container).status();
        return status == ContainerState.Status.RUNNING || status == ContainerState.Status.PAUSED;
    }

    private DestinationMigration destination(JournalledMigration entry) throws IOException {
        DestinationMigration migration = new DestinationMigration(entry.id(), entry.container(), entry.source(),
                entry.destination());
        migration.peerKey(peerKey(entry));
        migration.port(port(entry, ContainerNetwork.namespace(platform.namespace(entry.container()))));
        migration.held(HeldRestore.rediscover(platform.runtime(), entry.container(), platform.gate(entry.id())));
        DestinationStages.heldReport(platform, migration);
        return migration;
    }

    /** The container's place in the network; what is undone needs none, and may never have had a whole one. */
    private ContainerPort port(JournalledMigration entry, Path namespace) throws IOException {
        boolean needed = entry.stage() == Stage.RESTORING || entry.stage().isCommitted();
        return needed && namespace != null && platform.network() != null && Files.exists(namespace)
                ? platform.network().find(namespace)
                : null;
    }

    private PublicKey peerKey(JournalledMigration entry) throws IOException {
        Journal journal = platform.migrations().journal();
        byte[] certificate = journal.recall(entry.id(), Facts.PEER_CERTIFICATE).orElse(null);
        return certificate == null ? null : Pem.certificate(certificate).getPublicKey();
    }
}
