package dev.caravan.rootfs;

import java.io.IOException;

/** A chunk that a file needs is not in the store, or was damaged there. */
public class ChunkMissing extends IOException {
    private static final long serialVersionUID = 1L;

    public ChunkMissing(TreePath file, ChunkDigest digest) {
        super("chunk " + digest + " of " + file + " is not in the store");
    }
}
