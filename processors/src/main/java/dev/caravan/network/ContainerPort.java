package dev.caravan.network;

import java.nio.file.Path;

/**
 * A container's place on a bridge: a veth pair with one end in the container.
 *
 * @param namespace path of the container's network namespace
 * @param inside    name of the end in the container
 * @param mac       the hardware address of that end
 * @param outside   name of the bridge's end, in the namespace of the agent
 */
public record ContainerPort(Path namespace, String inside, String mac, String outside) {
}
