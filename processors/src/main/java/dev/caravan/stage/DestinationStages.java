package dev.caravan.stage;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.bundle.Admission;
import dev.caravan.bundle.Bundle;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.criu.CommitGate;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.memory.ImageReceiver;
import dev.caravan.memory.MemoryReserve;
import dev.caravan.migration.BatchLink;
import dev.caravan.migration.ContainerDescription;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Facts;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SharedBudget;
import dev.caravan.network.ContainerPort;
import dev.caravan.rootfs.ChunkStore;
import dev.caravan.rootfs.RootfsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the destination does between attestation and commit, as the encrypted stream drives it. */
public final class DestinationStages {
    private static final Duration OPENING = Duration.ofSeconds(30);
    private static final long ASK_MILLIS = 200;

    private final Platform platform;
    private final BatchLink batches;
    private final ChunkStore chunks;
    private final RootfsBuilder builder;
    private final AdmissionCheck admission;
    private final Arrivals arrivals;
    private final SharedBudget budget = new SharedBudget();

    /** What the stream has brought, for the routes to act on. */
    public interface Arrivals {
        /** The container's description: prepare. */
        void described(DestinationMigration migration) throws IOException;

        /** The root file system as it was while the container ran: build it. */
        void synced(DestinationMigration migration) throws IOException;

        /** The container stands still and its memory begins to arrive. */
        void transferring(DestinationMigration migration);

        /** Everything: restore. Called on the stream's thread, so it must not block. */
        void complete(DestinationMigration migration);
    }

    public DestinationStages(Platform platform, BatchLink batches, ChunkStore chunks, RootfsBuilder builder,
            Admission admission, Arrivals arrivals) {
        this.arrivals = arrivals;
        this.platform = platform;
        this.batches = batches;
        this.chunks = chunks;
        this.builder = builder;
        this.admission = new AdmissionCheck(platform.name(), admission);
    }

    /** Opens the encrypted stream. */
    public void openChannel(DestinationMigration migration) {
        ReceivingStream stream = new ReceivingStream(
                new Reception(platform, chunks, builder, migration, arrivals, budget));
        migration.receiving(stream);
        migration.channel(batches.open(migration, stream));
    }

    /** Makes room for the container, or says what is missing. */
    public void prepare(DestinationMigration migration) throws IOException {
        ContainerDescription description = migration.description();
        String container = migration.container();
        if (!description.architecture().equals(System.getProperty("os.arch"))) {
            throw MigrationFailed.rollBack("architecture", container + " runs on " + description.architecture() + ", "
                    + platform.name() + " is " + System.getProperty("os.arch"));
        }
        if (platform.runtime().state(container).status() != ContainerState.Status.ABSENT
                || Files.exists(platform.bundle(container))) {
            throw MigrationFailed.rollBack("name-taken", platform.name() + " has a container named " + container
                    + " already; remove or rename it");
        }
        Bundle bundle = admission.requireAdmitted(container, description);
        for (Path source : bundle.hostMounts()) {
            if (Files.notExists(source)) {
                throw MigrationFailed.rollBack("mount", container + " mounts " + source + " of its host, which "
                        + platform.name() + " does not have; make it there, or take the mount out");
            }
        }
        if (description.network() != null && platform.network() == null) {
            throw MigrationFailed.rollBack("no-bridge",
                    platform.name() + " has no bridge for the container's link: set caravan.bridge");
        }
        OwnerOnly.directories(platform.containers());
        Workspace.requireRoom(platform.name(), platform.run(), description.memoryBytes(), "memory", container);
        Workspace.requireRoom(platform.name(), platform.containers(), description.rootfsBytes(), "files", container);
        platform.migrations().journal().remember(migration.id(), Facts.PLACE_TAKEN, container);
        OwnerOnly.directories(platform.bundle(container));
        if (description.network() != null) {
            migration.port(platform.network().create(platform.namespace(container), description.network()));
            platform.network().mute(migration.port().namespace());
        }
        Bundle adapted = bundle.adaptedTo(platform.cgroupParent() + "/" + container,
                migration.port() == null ? null : migration.port().namespace());
        Files.write(platform.bundle(container).resolve("config.json"), adapted.toJson());
        new CommitGate(platform.gate(migration.id())).install();
        OwnerOnly.directories(platform.images(migration.id()));
        migration.images(new ImageReceiver(platform.images(migration.id()),
                Files.getFileStore(platform.run()).getUsableSpace()));
        migration.images().reserve(description.memoryBytes());
        // the processes will take as much again, but not from the tmpfs, which need not have room for it
        MemoryReserve.take(platform.reserve(migration.id()), Math.min(description.memoryBytes(),
                Files.getFileStore(platform.run()).getUsableSpace() / 2)).close();
    }

    /** Requires that the images give the container no more than this platform admits. */
    public void requireAdmittedImages(DestinationMigration migration) throws IOException {
        admission.requireAdmitted(migration.container(), Bundle.parse(migration.description().config()),
                platform.images(migration.id()));
    }

    /** Gives back the memory that was set aside for the processes, which are about to take it. */
    public void releaseReserve(DestinationMigration migration) throws IOException {
        Files.deleteIfExists(platform.reserve(migration.id()));
    }

    /** The container is restored up to its gate. */
    public void hold(DestinationMigration migration, HeldRestore restored) {
        migration.held(restored);
    }

    /**
     * Keeps what the source is shown of the container that is held, before it is: from then on only the source knows whether
     * the migration has committed. The container's files are on the disk by then.
     *
     * @throws IOException if they cannot be brought there
     */
    public Held keepHeld(DestinationMigration migration, Held held) throws IOException {
        awaitFiles(migration);
        migration.requireWanted();
        if (migration.held().outcome() != HeldRestore.Outcome.PENDING) {
            throw MigrationFailed.rollBack("restore",
                    migration.container() + " ended while it was held at its commit gate");
        }
        migration.expectNothing();
        platform.migrations().journal().remember(migration.id(), Facts.HELD, held);
        migration.heldReport(held);
        return held;
    }

    private void awaitFiles(DestinationMigration migration) throws IOException {
        while (true) {
            migration.requireWanted();
            try {
                migration.filesOnDisk().get(ASK_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                // the disk is slow
            } catch (ExecutionException e) {
                throw new IOException("the files of " + migration.container() + " cannot be written to the disk of "
                        + platform.name() + ": " + e.getCause().getMessage(), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    /**
     * Lets the container run here: its link goes up, its gate opens, its neighbours hear of it. A gate behind which nothing
     * waits any more stays shut for good, and one that is gone, as after a reboot, is not made again.
     */
    public HeldRestore.Outcome openGate(DestinationMigration migration) throws IOException {
        HeldRestore held = migration.held();
        HeldRestore.Outcome before = held.outcome();
        if (before == HeldRestore.Outcome.GONE) {
            held.gate().close();
        }
        if (before.isOver()) {
            return before;
        }
        ContainerPort port = migration.port();
        if (port != null) {
            platform.network().connect(port);
        }
        held.gate().open();
        HeldRestore.Outcome outcome = held.awaitOutcome(OPENING);
        if (port != null && outcome == HeldRestore.Outcome.RUNNING) {
            platform.network().announce(port);
            platform.network().unmute(port.namespace());
        }
        return outcome;
    }

    /** What a person is to know of a container that was let run here and has ended since; empty if it runs. */
    public String remark(DestinationMigration migration) {
        return platform.runtime().lives(migration.container())
                ? ""
                : migration.container() + " was let run at " + platform.name()
                        + " and has ended since; its files are in "
                        + platform.bundle(migration.container());
    }

    /** Erases the images. */
    public void wipeImages(DestinationMigration migration) throws IOException {
        Cleanup.tidy(platform, migration.id());
        Workspace.wipe(platform.workspace(migration.id()));
    }
}
