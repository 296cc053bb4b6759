package dev.caravan.migration;

import dev.caravan.bundle.Bundle;
import dev.caravan.network.NetworkDescription;
import dev.caravan.wire.WireJson;
import java.io.IOException;

/**
 * What the destination must know of a container before anything of it arrives. Travels encrypted: a configuration may
 * hold secrets in its environment.
 *
 * @param architecture the source's, as {@code os.arch} has it
 * @param config       the bundle's config.json
 * @param network      its network, or null if it has none that moves
 * @param memoryBytes  memory that it uses now
 * @param rootfsBytes  size of its root file system
 */
public record ContainerDescription(String architecture, byte[] config, NetworkDescription network, long memoryBytes,
        long rootfsBytes) {

    private static final int MAX_BYTES = 2 * Bundle.MAX_BYTES;

    public byte[] toJson() {
        return WireJson.write(this);
    }

    /** Reads what the source sent. */
    public static ContainerDescription parse(byte[] json) throws IOException {
        if (json.length > MAX_BYTES) {
            throw new IOException("the container's description is longer than " + MAX_BYTES + " bytes");
        }
        ContainerDescription description = WireJson.read(json, ContainerDescription.class);
        if (description.config() == null || description.architecture() == null
                || description.memoryBytes() < 0 || description.rootfsBytes() < 0) {
            throw new IOException("the container's description lacks a field");
        }
        return description;
    }

    @Override
    public String toString() {
        return "ContainerDescription[" + memoryBytes + " bytes of memory, " + rootfsBytes + " bytes of files]";
    }
}
