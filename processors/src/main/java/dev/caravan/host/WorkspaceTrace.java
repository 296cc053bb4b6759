package dev.caravan.host;

import dev.caravan.criu.CommitGate;
import java.util.Optional;
import java.util.UUID;

/**
 * What of a migration is in its directory on the tmpfs, logs aside.
 *
 * @param migration the migration
 * @param gate      what the commit gate there says; nothing if there is none
 * @param images    whether there is memory of a container
 */
public record WorkspaceTrace(UUID migration, Optional<CommitGate.Decision> gate, boolean images) {
}
