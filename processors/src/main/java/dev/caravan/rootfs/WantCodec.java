package dev.caravan.rootfs;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The content of a message of kind WANT: the digests of the chunks that are missing, 32 bytes each, nothing else. An
 * empty message says that nothing is missing.
 */
public final class WantCodec {
    /** A message has at most this many bytes: no manifest has more chunks. */
    public static final int MAX_BYTES = RootfsManifest.MAX_CHUNKS * ChunkDigest.BYTES;

    private WantCodec() {
    }

    public static byte[] encode(Collection<ChunkDigest> digests) {
        WireWriter out = new WireWriter();
        digests.forEach(digest -> out.bytes(digest.bytes()));
        return out.toByteArray();
    }

    /** Reads a message; at most as many digests as a manifest may have. */
    public static Set<ChunkDigest> decode(byte[] bytes) throws ManifestRejected {
        if (bytes.length % ChunkDigest.BYTES != 0 || bytes.length > MAX_BYTES) {
            throw new ManifestRejected("not a list of digests of at most " + MAX_BYTES + " bytes: " + bytes.length
                    + " bytes");
        }
        Set<ChunkDigest> digests = new LinkedHashSet<>();
        WireReader in = new WireReader(bytes);
        while (!in.atEnd()) {
            digests.add(in.digest());
        }
        return digests;
    }
}
