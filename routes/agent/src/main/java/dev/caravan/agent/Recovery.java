package dev.caravan.agent;

import dev.caravan.authority.Pem;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.host.Discrepancies;
import dev.caravan.host.Discrepancy;
import dev.caravan.host.HostTraces;
import dev.caravan.host.JournalCheck;
import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.network.ContainerPort;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.StageRunner;
import dev.caravan.stage.Cleanup;
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
 * After a crash, before anything else: what had not committed is undone, what had goes forward, and a container that is held
 * at its gate stays there until the source has said what its journal holds. A source that has lost its own copy while the
 * destination may hold one waits for that, and commits. What cannot be taken up or undone is tried again. None of it needs a
 * TPM, a broker or an authority. What the journal does not explain is left to a person.
 */
final class Recovery extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private static final int AGAIN_MILLIS = 5_000;

    private final Platform platform;
    private final StageRunner runner;
    private final Discrepancies discrepancies;
    private final HostTraces traces;
    private final JournalCheck check;
    private final Set<UUID> left = new LinkedHashSet<>();

    /** @param discrepancies gets what the journal does not explain */
    Recovery(Platform platform, StageRunner runner, Discrepancies discrepancies) {
        this.platform = platform;
        this.runner = runner;
        this.discrepancies = discrepancies;
        this.traces = new HostTraces(platform.runtime(), platform.network(), platform.workspaces());
        this.check = new JournalCheck(platform.name());
    }

    /** Takes every unfinished migration up again, then looks for what no migration in the journal explains. */
    void run() {
        Journal journal = platform.migrations().journal();
        journal.unfinished().stream().filter(entry -> entry.stage() != Stage.IN_DOUBT).forEach(this::takeUp);
        try {
            check.unexplained(journal.all(), traces.containers(), traces.workspaces()).forEach(discrepancies::add);
        } catch (IOException | RuntimeException e) {
            LOG.error("this host cannot be compared with its journal: {}", e.toString(), e);
        }
    }

    /**
     * Returns when nothing waits to be taken up or undone.
     *
     * @param obstacle why the agent will end then
     */
    synchronized void await(Exception obstacle) throws InterruptedException {
        if (!left.isEmpty()) {
            LOG.error("this agent cannot take migrations ({}), and goes on trying to undo those that were cut off: {}",
                    obstacle.getMessage(), left);
        }
        while (!left.isEmpty()) {
            wait();
        }
    }

    /** What could not be taken up is tried again until it is. */
    @Override
    public void configure() {
        from("timer:recovery?period=" + AGAIN_MILLIS + "&delay=" + AGAIN_MILLIS).routeId("recovery")
                .process(exchange -> again());
    }

    private synchronized void again() {
        List.copyOf(left).forEach(id -> entry(id).ifPresentOrElse(this::takeUp, () -> left.remove(id)));
        notifyAll();
    }

    private synchronized void takeUp(JournalledMigration entry) {
        boolean again = left.contains(entry.id());
        if (!again) {
            LOG.warn("migration {} of {} was cut off while {}", entry.id(), entry.container(), entry.stage().label());
        }
        try {
            Optional<Migration> taken = platform.migrations().find(entry.id());
            Optional<Discrepancy> odd = taken.isPresent()
                    ? Optional.empty()
                    : check.of(entry, platform.migrations().journal().history(entry.id()),
                            traces.container(entry.container()), traces.workspace(entry.id()));
            if (odd.isPresent()) {
                discrepancies.add(odd.get());
                left.remove(entry.id());
                return;
            }
            if (taken.isPresent()) {
                finish(taken.get());
            } else {
                Migration migration = entry.role() == Role.SOURCE ? source(entry) : destination(entry);
                platform.migrations().journal().recall(entry.id(), Facts.PROTOCOL).ifPresent(migration::protocol);
                platform.migrations().resume(migration);
                migration.entered(entry.stage());
                take(migration, entry);
            }
        } catch (IOException | RuntimeException e) {
            // the other migrations must not wait for what hinders this one
            if (!again) {
                LOG.error("migration {} of {} cannot be taken up again yet, stays {}, and is tried every {} s: {}",
                        entry.id(), entry.container(), entry.stage().label(), AGAIN_MILLIS / 1000, e.toString(), e);
            }
        }
        boolean taken = platform.migrations().find(entry.id())
                .filter(migration -> migration.stage() != Stage.ROLLING_BACK).isPresent();
        if (taken || entry(entry.id()).isEmpty()) {
            left.remove(entry.id());
        } else {
            left.add(entry.id());
        }
    }

    /** The watchdog does the same, but only looks once messages are taken. */
    private void finish(Migration migration) {
        migration.lock().lock();
        try {
            if (migration.stage() == Stage.ROLLING_BACK) {
                runner.finishRollBack(migration, migration.aborted());
            }
        } finally {
            migration.lock().unlock();
        }
    }

    private Optional<JournalledMigration> entry(UUID id) {
        return platform.migrations().journal().find(id).filter(found -> !found.stage().isFinal());
    }

    private void take(Migration migration, JournalledMigration entry) throws IOException {
        boolean mayBeHeld = migration.role() == Role.DESTINATION && entry.stage() == Stage.RESTORING
                && !((DestinationMigration) migration).held().outcome().isOver();
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
        // the expectation is kept just before the stage is entered
        boolean sent = entry.stage() == Stage.TRANSFERRING || entry.stage() == Stage.RESTORING;
        if (sent && !new Cleanup(platform).forbidsCommit(entry.id()) && !lives(entry.container())) {
            journal.recall(entry.id(), Facts.HELD_EXPECTATION).ifPresent(migration::copyLost);
        }
        if (entry.stage().isCommitted() || migration.isCopyLost()) {
            migration.port(port(Cleanup.namespace(journal, entry.id())));
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
        if (entry.stage().isCommitted() || entry.stage() == Stage.RESTORING) {
            migration.port(port(Optional.ofNullable(platform.network())
                    .map(network -> network.path(platform.namespace(entry.container())))));
        }
        migration.held(HeldRestore.rediscover(platform.runtime(), entry.container(), platform.gate(entry.id())));
        platform.migrations().journal().recall(entry.id(), Facts.HELD).ifPresent(migration::heldReport);
        return migration;
    }

    /** The container's place in the network; what is undone needs none, and may never have had a whole one. */
    private ContainerPort port(Optional<Path> namespace) throws IOException {
        return platform.network() != null && namespace.isPresent() && Files.exists(namespace.get())
                ? platform.network().find(namespace.get())
                : null;
    }

    /** Null if it is unreadable, which keeps nothing from being undone; no message of the other side is believed then. */
    private PublicKey peerKey(JournalledMigration entry) {
        try {
            byte[] certificate = platform.migrations().journal().recall(entry.id(), Facts.PEER_CERTIFICATE)
                    .orElse(null);
            return certificate == null ? null : Pem.certificate(certificate).getPublicKey();
        } catch (IOException | IllegalStateException e) {
            LOG.error("the certificate of {} in the journal's migration {} cannot be read: {}", entry.peer(),
                    entry.id(),
                    e.getMessage());
            return null;
        }
    }
}
