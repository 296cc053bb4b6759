package dev.caravan.rootfs;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The content of a message of kind CHUNKS: one byte, 1 in the last message that answers a WANT and else 0, then for
 * each chunk its length (4 bytes, big-endian) and its bytes. Digests do not travel: the receiver computes them.
 *
 * @param last   whether nothing more comes; wanted chunks that have not come by then changed before they could be read
 * @param chunks 1 to {@link ChunkDigest#CHUNK_BYTES} bytes each
 */
public record ChunkMessage(boolean last, List<byte[]> chunks) {
    /** A message has at most this many bytes, which is what a batch takes. */
    public static final int MAX_BYTES = 1 << 20;

    static final int HEADER_BYTES = 1;
    static final int FRAME_BYTES = Integer.BYTES;

    public ChunkMessage {
        chunks = List.copyOf(chunks);
    }

    public byte[] encode() {
        int bytes = HEADER_BYTES;
        for (byte[] chunk : chunks) {
            bytes += FRAME_BYTES + chunk.length;
        }
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException("chunks of " + bytes + " bytes do not fit into one message");
        }
        ByteBuffer out = ByteBuffer.allocate(bytes).put((byte) (last ? 1 : 0));
        chunks.forEach(chunk -> out.putInt(chunk.length).put(chunk));
        return out.array();
    }

    public static ChunkMessage decode(byte[] bytes) throws ManifestRejected {
        if (bytes.length < HEADER_BYTES || bytes.length > MAX_BYTES || bytes[0] < 0 || bytes[0] > 1) {
            throw new ManifestRejected("not a message of chunks");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES);
        List<byte[]> chunks = new ArrayList<>();
        while (in.hasRemaining()) {
            int length = in.remaining() < FRAME_BYTES ? 0 : in.getInt();
            if (length < 1 || length > ChunkDigest.CHUNK_BYTES || length > in.remaining()) {
                throw new ManifestRejected("a chunk's length is out of range");
            }
            byte[] chunk = new byte[length];
            in.get(chunk);
            chunks.add(chunk);
        }
        return new ChunkMessage(bytes[0] == 1, chunks);
    }
}
