package dev.caravan.routes;

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
import dev.caravan.migration.Mode;
import dev.caravan.migration.SourceMigration;
import dev.caravan.network.ContainerPort;
import dev.caravan.request.MigrationRequest;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Migrations as the journal remembers them, after a restart or after their end. */
public final class RememberedMigrations {
    private static final Logger LOG = LoggerFactory.getLogger(RememberedMigrations.class);

    private final Platform platform;
    private final Cleanup cleanup;

    public RememberedMigrations(Platform platform, Cleanup cleanup) {
        this.platform = platform;
        this.cleanup = cleanup;
    }

    /** A migration that has ended, of which no more is needed than to say so. */
    public Migration ended(JournalledMigration entry) {
        Migration migration = bare(entry);
        if (!entry.stage().isCommitted()) {
            migration.abort(MigrationFailed.rollBack(entry.stage().label(),
                    entry.container() + " was given up at " + platform.name() + ": " + entry.reason()));
        }
        return migration;
    }

    /** A migration that is to go on from where the journal says, with what this host has of it. */
    public Migration unfinished(JournalledMigration entry) throws IOException {
        Migration migration = bare(entry);
        migration.peerKey(peerKey(entry));
        if (migration instanceof SourceMigration source) {
            source(source, entry);
        } else if (migration instanceof DestinationMigration destination) {
            destination(destination, entry);
        }
        return migration;
    }

    private Migration bare(JournalledMigration entry) {
        String mode = platform.migrations().journal().recall(entry.id(), Facts.MODE).orElse(Mode.STOPCOPY.label());
        Migration migration = entry.role() == Role.SOURCE
                ? new SourceMigration(new MigrationRequest(entry.id(), entry.container(), entry.source(),
                        entry.destination(), mode, Instant.now(), Instant.now()))
                : new DestinationMigration(entry.id(), entry.container(), entry.source(), entry.destination());
        platform.migrations().journal().recall(entry.id(), Facts.PROTOCOL).ifPresent(migration::protocol);
        migration.mode(Mode.ofLabel(mode));
        migration.entered(entry.stage());
        return migration;
    }

    private void source(SourceMigration migration, JournalledMigration entry) throws IOException {
        Journal journal = platform.migrations().journal();
        if (cleanup.forbidsCommit(entry.id())) {
            migration.abandon();
        } else if (entry.stage() == Stage.RESTORING && !lives(entry.container())) {
            journal.recall(entry.id(), Facts.HELD_EXPECTATION).ifPresent(migration::copyLost);
        }
        if (entry.stage().isCommitted() || migration.isCopyLost()) {
            migration.port(port(Cleanup.namespace(journal, entry.id())));
        }
    }

    private boolean lives(String container) {
        ContainerState.Status status = platform.runtime().state(container).status();
        return status == ContainerState.Status.RUNNING || status == ContainerState.Status.PAUSED;
    }

    private void destination(DestinationMigration migration, JournalledMigration entry) throws IOException {
        if (entry.stage().isCommitted() || entry.stage() == Stage.RESTORING) {
            migration.port(port(Optional.ofNullable(platform.network())
                    .map(network -> network.path(platform.namespace(entry.container())))));
        }
        migration.held(HeldRestore.rediscover(platform.runtime(), entry.container(), platform.gate(entry.id())));
        platform.migrations().journal().recall(entry.id(), Facts.HELD).ifPresent(migration::heldReport);
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
                    entry.id(), e.getMessage());
            return null;
        }
    }
}
