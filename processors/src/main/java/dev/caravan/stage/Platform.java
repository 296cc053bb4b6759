package dev.caravan.stage;

import dev.caravan.criu.ContainerRuntime;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.Migrations;
import dev.caravan.network.ContainerNetwork;
import java.nio.file.Path;
import java.util.UUID;

/**
 * This platform without what makes others trust it: enough to undo what was begun, before a TPM, a broker or an authority is
 * asked.
 *
 * @param name         its name
 * @param containers   where containers that arrived are kept, one OCI bundle a directory
 * @param run          a directory on a tmpfs
 * @param network      the containers' networks, or null if the host has no bridge for them
 * @param cgroupParent the cgroup under which containers that arrive are put
 */
public record Platform(String name, Path containers, Path run, ContainerNetwork network, String cgroupParent,
        Migrations migrations, ContainerRuntime runtime, ControlLink control) {

    /** The directories of all migrations. */
    public Path workspaces() {
        return run.resolve("migrations");
    }

    /** The directory of one migration on the tmpfs: images, logs, the commit gate. */
    public Path workspace(UUID migration) {
        return workspaces().resolve(migration.toString());
    }

    /** Where CRIU's images of a migration are. */
    public Path images(UUID migration) {
        return workspace(migration).resolve("images");
    }

    /** Memory that is set aside for a migration. */
    public Path reserve(UUID migration) {
        return workspace(migration).resolve("reserve");
    }

    /** Where CRIU's logs of a migration are. */
    public Path logs(UUID migration) {
        return workspace(migration).resolve("logs");
    }

    /** The directory of a migration's commit gate. */
    public Path gate(UUID migration) {
        return workspace(migration).resolve("gate");
    }

    /** The bundle of a container that arrived here. */
    public Path bundle(String container) {
        return containers.resolve(container);
    }

    /** The name of a container's network namespace on this platform. */
    public String namespace(String container) {
        return name + "-" + container;
    }
}
