package dev.caravan.agent;

import dev.caravan.authority.Pem;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.network.ContainerNetwork;
import dev.caravan.network.ContainerPort;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.ControlRoute;
import dev.caravan.routes.StageRunner;
import dev.caravan.stage.Platform;
import dev.caravan.stage.RollBack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After a crash, before any message is taken: what had not committed is undone, what had goes forward, and a container
 * that is held at its gate stays there until the source has said what its journal holds.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final Platform platform;
    private final StageRunner runner;

    Recovery(Platform platform, StageRunner runner) {
        this.platform = platform;
        this.runner = runner;
    }

    /** Takes every unfinished migration up again. */
    void run() {
        for (JournalledMigration entry : platform.migrations().journal().unfinished()) {
            LOG.warn("migration {} of {} was cut off while {}", entry.id(), entry.container(), entry.stage().label());
            try {
                Migration migration = entry.role() == Role.SOURCE ? source(entry) : destination(entry);
                platform.migrations().resume(migration);
                migration.entered(entry.stage());
                take(migration, entry);
            } catch (IOException | RuntimeException e) {
                // the other migrations must not wait for what hinders this one
                LOG.error("migration {} of {} cannot be taken up again, and stays {} until the agent is restarted"
                        + " without what hinders it: {}", entry.id(), entry.container(), entry.stage().label(),
                        e.toString(), e);
            }
        }
    }

    private void take(Migration migration, JournalledMigration entry) throws IOException {
        boolean mayBeHeld = migration.role() == Role.DESTINATION && entry.stage() == Stage.RESTORING
                && ((DestinationMigration) migration).held().outcome() != HeldRestore.Outcome.GONE;
        if (entry.stage() == Stage.ROLLING_BACK) {
            migration.abort(cutOff(entry));
            runner.finishRollBack(migration, migration.aborted());
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
        ContainerState state = platform.runtime().state(entry.container());
        if (state.bundle() != null) {
            migration.port(port(entry,
                    RollBack.namespace(platform.migrations().journal(), entry.id()).orElse(null)));
        }
        return migration;
    }

    private DestinationMigration destination(JournalledMigration entry) throws IOException {
        DestinationMigration migration = new DestinationMigration(entry.id(), entry.container(), entry.source(),
                entry.destination());
        migration.peerKey(peerKey(entry));
        migration.port(port(entry, ContainerNetwork.namespace(platform.namespace(entry.container()))));
        migration.held(HeldRestore.rediscover(platform.runtime(), entry.container(), platform.gate(entry.id())));
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
        String certificate = journal.recall(entry.id(), ControlRoute.PEER_CERTIFICATE).orElse(null);
        return certificate == null
                ? null
                : Pem.certificate(Base64.getDecoder().decode(certificate)).getPublicKey();
    }
}
