package dev.caravan.stage;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.criu.CannotControl;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Stage;
import dev.caravan.memory.ImageDirectory;
import dev.caravan.migration.Facts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** The source: the container goes on here as if nothing had happened. Its link is down only after a commit. */
    public void source(UUID migration, String container) throws IOException {
        try {
            ContainerState state = platform.runtime().state(container);
            // while a checkpoint is taken the freezer says that it runs, but it is frozen again at the end of it
            boolean lives = state.status() == ContainerState.Status.PAUSED
                    || state.status() == ContainerState.Status.RUNNING;
            boolean networked = platform.network() != null && entered(migration, Stage.FREEZING);
            if (lives) {
                if (networked && entered(migration, Stage.COMMITTING)) {
                    platform.network().connect(platform.network().find(namespace(state)));
                }
                platform.runtime().resume(container);
            }
            if (networked) {
                unfence(migration, lives ? Optional.of(namespace(state)) : Optional.empty());
            }
        } finally {
            Workspace.wipeButLogs(platform.workspace(migration));
        }
    }

    private boolean entered(UUID migration, Stage stage) {
        return platform.migrations().journal().history(migration).stream().anyMatch(step -> step.stage() == stage);
    }

    /** Where a container's network is, whatever its configuration calls it by now. */
    private static Path namespace(ContainerState state) {
        return Path.of("/proc", Integer.toString(state.pid()), "ns", "net");
    }

    /** What a configuration once called its namespace may be gone; nobody waits for it after the container has ended. */
    private void unfence(UUID migration, Optional<Path> living) throws IOException {
        if (living.isPresent()) {
            platform.network().unfence(living.get());
            return;
        }
        Optional<Path> namespace = namespace(platform.migrations().journal(), migration).filter(Files::exists);
        try {
            if (namespace.isPresent()) {
                platform.network().unfence(namespace.get());
            }
        } catch (IOException e) {
            LOG.warn("the network {} may still be fenced; its container has ended", namespace.get(), e);
        }
    }

    /**
     * The source, when the journal cannot be written: the container is about to go on, so that no copy of it may be committed
     * any more, also not by an agent that is restarted and finds the container gone.
     */
    public void forbidCommit(UUID migration) {
        try {
            OwnerOnly.directories(platform.logs(migration));
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
     * The destination, before the gate was opened: nothing of the container stays.
     *
     * @return what of its files cannot be deleted, as a person is told; empty if nothing
     */
    public String destination(UUID migration, String container) throws IOException {
        return andWipe(migration, Workspace::wipeButLogs, () -> {
            if (Files.exists(platform.gate(migration))) {
                HeldRestore.rediscover(platform.runtime(), container, platform.gate(migration)).abandon();
            }
            // until then what has the container's name here is somebody else's
            return platform.migrations().journal().recall(migration, Facts.PLACE_TAKEN).isPresent()
                    ? removeFiles(container)
                    : "";
        });
    }

    /**
     * The source, after the destination runs the container: its own copy goes, frozen as it is. Nobody waits for what is
     * left of it then.
     *
     * @return what of its network and files cannot be removed, as a person is told; empty if nothing
     */
    public String releaseSource(UUID migration, String container) throws IOException {
        return andWipe(migration, Workspace::wipe, () -> {
            Journal journal = platform.migrations().journal();
            Optional<Path> namespace = namespace(journal, migration);
            Optional<Path> bundle = journal.recall(migration, Facts.BUNDLE);
            platform.runtime().remove(container);
            List<String> left = new ArrayList<>();
            namespace.flatMap(this::removeNetwork).ifPresent(left::add);
            bundle.filter(platform.bundle(container)::equals).flatMap(this::delete).ifPresent(left::add);
            return String.join("; ", left);
        });
    }

    /**
     * The destination, after the gate of a container was opened that does not exist any more: what may be left of its
     * processes dies and its link goes. Its files stay, for it may have written to them.
     *
     * @return where its files are and what can be done with them, as a person is told
     */
    public String lost(UUID migration, String container) throws IOException {
        return andWipe(migration, Workspace::wipeButLogs, () -> {
            platform.runtime().remove(container);
            if (platform.network() != null) {
                platform.network().remove(platform.network().path(platform.namespace(container)));
            }
            Path bundle = platform.bundle(container);
            return "its files are kept at " + platform.name() + " in " + bundle
                    + ": start it anew from there with 'runc run --bundle " + bundle + " " + container
                    + "', once its network namespace is made again, or remove them with 'rm -r --one-file-system "
                    + bundle + "'";
        });
    }

    /** Wipes what is on the tmpfs of a migration whose container nobody may touch but a person. */
    public void inDoubt(UUID migration) throws IOException {
        Workspace.wipeButLogs(platform.workspace(migration));
    }

    /** A CRIU that was killed has left the host's cgroups mounted among its logs. */
    static void tidy(Platform platform, UUID migration) {
        try {
            platform.runtime().tidy(platform.logs(migration));
        } catch (CannotControl e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    /** What is done to all of a migration's directory once nothing needs it any more. */
    private interface Wipe {
        void run(Path workspace) throws IOException;
    }

    /** What may fail, and is tried again then. */
    private interface Removal {
        String run() throws IOException;
    }

    /** Memory is wiped in any case; what a removal that failed needs to be tried again stays. */
    private String andWipe(UUID migration, Wipe wipe, Removal removal) throws IOException {
        String left;
        try {
            left = removal.run();
        } catch (IOException | RuntimeException e) {
            try {
                ImageDirectory.wipe(platform.images(migration));
            } catch (IOException notWiped) {
                e.addSuppressed(notWiped);
            }
            throw e;
        }
        tidy(platform, migration);
        wipe.run(platform.workspace(migration));
        return left;
    }

    private String removeFiles(String container) throws IOException {
        String left = delete(platform.bundle(container)).orElse("");
        if (platform.network() != null) {
            platform.network().remove(platform.network().path(platform.namespace(container)));
        }
        return left;
    }

    /** Its link is down since the commit: what is left of the network is in nobody's way. */
    private Optional<String> removeNetwork(Path namespace) {
        try {
            if (platform.network() != null) {
                platform.network().remove(namespace);
            }
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("{} cannot be removed", namespace, e);
            return Optional.of("the network " + namespace + " at " + platform.name() + " cannot be removed ("
                    + e.getMessage() + "); remove it by 'ip netns delete'");
        }
    }

    /** What the host has mounted there, or made immutable, is the host's: it stays, and nobody waits for it. */
    private Optional<String> delete(Path bundle) {
        try {
            Workspace.delete(bundle);
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("{} cannot be deleted", bundle, e);
            return Optional.of(bundle + " at " + platform.name() + " cannot be deleted (" + e.getMessage()
                    + "); unmount what is mounted there, take away immutable flags, and remove it by hand");
        }
    }
}
