package dev.caravan.stage;

import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.journal.Journal;
import dev.caravan.migration.Facts;
import dev.caravan.network.ContainerNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cleans up after a migration: undoes one that has not committed, and removes what one that has committed leaves at the
 * source. Works from names alone, so that it also works after a crash; everything may be repeated. The container's memory
 * is wiped also when something else cannot be undone.
 */
public final class Cleanup {
    private static final Logger LOG = LoggerFactory.getLogger(Cleanup.class);

    private final Platform platform;

    public Cleanup(Platform platform) {
        this.platform = platform;
    }

    /** The network namespace of the container at the source, as it was before the fence: its bundle may be changed or gone. */
    public static Optional<Path> namespace(Journal journal, UUID migration) {
        return journal.recall(migration, Facts.NAMESPACE);
    }

    /** The source: the container goes on here as if nothing had happened. Its link was not touched before the commit. */
    public void source(UUID migration, String container) throws IOException {
        ContainerState state = platform.runtime().state(container);
        try {
            // while a checkpoint is taken the freezer says that it runs, but it is frozen again at the end of it
            if (state.status() == ContainerState.Status.PAUSED || state.status() == ContainerState.Status.RUNNING) {
                platform.runtime().resume(container);
            }
            if (platform.network() != null) {
                Optional<Path> namespace = namespace(platform.migrations().journal(), migration)
                        .filter(Files::exists);
                if (namespace.isPresent()) {
                    platform.network().unfence(namespace.get());
                }
            }
        } finally {
            Workspace.wipeButLogs(platform.workspace(migration));
        }
    }

    /**
     * The source, when the journal cannot be written: the container is about to go on, so that no copy of it may be committed
     * any more, also not by an agent that is restarted and finds the container gone.
     */
    public void forbidCommit(UUID migration) {
        try {
            Workspace.make(platform.logs(migration));
            Files.write(mark(migration), new byte[0]);
        } catch (IOException e) {
            LOG.error("{} cannot be made", mark(migration), e);
        }
    }

    /** Whether the container has gone on here although the journal does not say so. */
    public boolean forbidsCommit(UUID migration) {
        return Files.exists(mark(migration));
    }

    /** On the tmpfs, which another full disk does not fill. */
    private Path mark(UUID migration) {
        return platform.logs(migration).resolve("gone-on");
    }

    /**
     * The destination: nothing of the container stays.
     *
     * @return what of its files cannot be deleted, as a person is told; empty if nothing
     */
    public String destination(UUID migration, String container) throws IOException {
        if (Files.exists(platform.gate(migration))) {
            HeldRestore.rediscover(platform.runtime(), container, platform.gate(migration))
                    .abandon(Duration.ofSeconds(30));
        }
        // until then what has the container's name here is somebody else's
        try {
            return platform.migrations().journal().recall(migration, Facts.PLACE_TAKEN).isPresent()
                    ? removeFiles(container)
                    : "";
        } finally {
            Workspace.wipeButLogs(platform.workspace(migration));
        }
    }

    /**
     * The source, after the destination runs the container: its own copy goes, frozen as it is.
     *
     * @return what of its files cannot be deleted, as a person is told; empty if nothing
     */
    public String releaseSource(UUID migration, String container) throws IOException {
        Journal journal = platform.migrations().journal();
        Optional<Path> namespace = namespace(journal, migration);
        Optional<Path> bundle = journal.recall(migration, Facts.BUNDLE);
        platform.runtime().remove(container);
        if (namespace.isPresent() && platform.network() != null) {
            platform.network().remove(namespace.get());
        }
        try {
            return bundle.isPresent() && bundle.get().equals(platform.bundle(container)) ? delete(bundle.get()) : "";
        } finally {
            Workspace.wipe(platform.workspace(migration));
        }
    }

    /** The destination, after the container ended as its gate was opened: what is left of it goes. */
    public void lost(UUID migration, String container) throws IOException {
        platform.runtime().remove(container);
        removeFiles(container);
        Workspace.wipeButLogs(platform.workspace(migration));
    }

    /** Wipes what is on the tmpfs of a migration whose container nobody may touch but a person. */
    public void inDoubt(UUID migration) throws IOException {
        Workspace.wipeButLogs(platform.workspace(migration));
    }

    private String removeFiles(String container) throws IOException {
        if (platform.network() != null) {
            platform.network().remove(ContainerNetwork.namespace(platform.namespace(container)));
        }
        return delete(platform.bundle(container));
    }

    /** What the host has mounted there, or made immutable, is the host's: it stays, and nobody waits for it. */
    private String delete(Path bundle) {
        try {
            Workspace.delete(bundle);
            return "";
        } catch (IOException e) {
            LOG.warn("{} cannot be deleted", bundle, e);
            return bundle + " at " + platform.name() + " cannot be deleted (" + e.getMessage()
                    + "); unmount what is mounted there, take away immutable flags, and remove it by hand";
        }
    }
}
