/**
 * A container's network on its way to another host: read at the source, fenced while the container is frozen, made at
 * the destination with the same addresses, announced to the neighbours.
 *
 * <pre>
 * before      source       description = network.describe(namespace); port = network.find(namespace)
 *             destination  port = network.create("beta-web", description)   (its bridge end is down)
 *                          network.mute(port.namespace())
 * frozen      source       network.fence(namespace)
 * committed   source       network.disconnect(port)
 *             destination  network.connect(port)
 * it runs     destination  network.announce(port); network.unmute(port.namespace())
 * rolled back source       network.unfence(namespace)
 *             destination  network.remove(ContainerNetwork.namespace("beta-web"))
 * </pre>
 *
 * Everything can be done twice, and after a restart: nothing is remembered but names that the kernel keeps. Needs
 * iproute2, nftables, util-linux and coreutils, CAP_NET_ADMIN and CAP_SYS_ADMIN.
 */
package dev.caravan.network;
