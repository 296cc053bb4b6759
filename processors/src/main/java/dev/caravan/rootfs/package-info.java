/**
 * The container's root file system, on its way from the source's disk to the destination's.
 *
 * <pre>
 * while the container runs
 *   source       scan = scanner.scan(root, stillWanted)
 *   MANIFEST     ManifestCodec.encode(scan.manifest())
 *   destination  first = ManifestCodec.decode(message, EMPTY); RootfsBuilder.requireRoom(first, directory)
 *                lease = store.lease(first.digests()); wanted = store.missing(first.digests())
 *   WANT         WantCodec.encode(wanted)
 *   CHUNKS       new ChunkReader(root, scan.manifest()).read(WantCodec.decode(message), sink)
 *   destination  each: store.receive(ChunkMessage.decode(message), wanted), until one is the last
 *                present = builder.prepare(first, store, directory)
 * while it is frozen
 *   source       now = scanner.rescan(root, scan, SharedMappings.of(pids), stillWanted)
 *   MANIFEST     ManifestCodec.encode(ManifestDelta.between(scan.manifest(), now.manifest()))
 *   destination  next = ManifestCodec.decode(message, first); plan = RootfsPlan.between(present, next)
 *                lease = store.lease(plan.needed()); wanted = store.missing(plan.needed())
 *   WANT, CHUNKS as before, read from now.manifest()
 *   destination  builder.apply(present, next, store, directory)
 * </pre>
 *
 * File names, symbolic links and attributes are bytes here, never text; see {@link dev.caravan.rootfs.TreePath}.
 * Sockets do not travel (whoever listens on one makes it anew, CRIU included). Holes stay holes, and pages of zeros
 * become holes. Mount points are entered: what is mounted below the root when it is scanned is taken to belong to it.
 */
package dev.caravan.rootfs;
