/** OCI bundles: what a container's config.json says of its mounts and network, and how it is adapted to another host. */
package dev.caravan.bundle;
