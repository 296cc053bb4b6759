package dev.caravan.memory;

import dev.caravan.stream.Batch;
import dev.caravan.stream.BatchHeader;
import dev.caravan.stream.BatchKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * The content of {@link BatchKind#IMAGE} batches: fragments of image files, one after the other, big-endian.
 *
 * <pre>
 * size
 *  1    type: 1 = content, 2 = end of the file
 *  1    length n of the name, 1 to 128
 *  n    name, ASCII, no directory
 *  8    content: offset in the file; end: length of the file
 * content only:
 *  4    bytes covered, 1 to 1 MiB
 *  b    one bit for each page of 4 KiB covered (the last may be shorter), lowest bit first, padded with zero bits:
 *       1 = all zeros, not carried
 *  ..   the other pages, one after the other
 * </pre>
 *
 * The content of an {@link BatchKind#END} batch is the number of files (4 bytes) and the sum of their lengths (8 bytes).
 */
final class ImageFragment {

    static final int PAGE = 4096;
    static final int MAX_NAME = 128;
    static final int END_BYTES = Integer.BYTES + Long.BYTES;

    private static final int CONTENT = 1;
    private static final int END_OF_FILE = 2;
    private static final int FIXED = 2 + Long.BYTES;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0," + (MAX_NAME - 1) + "}");
    private static final byte[] ZEROS = new byte[PAGE];

    private ImageFragment() {
    }

    /** Takes the fragments of a batch. */
    interface Sink {

        /** Non-zero bytes at an offset of a file; they lie in {@code buffer}. */
        void data(String name, long offset, byte[] buffer, int at, int length) throws IOException;

        /** All data of one fragment has been given: the file is now covered from {@code offset} for {@code length}. */
        void covered(String name, long offset, int length, int zeroPages) throws IOException;

        /** The file is complete and has this length. */
        void end(String name, long length) throws IOException;
    }

    /** Whether this may be the name of an image file: no path, nothing hidden, nothing odd. */
    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    static boolean isZero(byte[] bytes, int from, int to) {
        return Arrays.equals(bytes, from, to, ZEROS, 0, to - from);
    }

    private static int pages(int length) {
        return (length + PAGE - 1) / PAGE;
    }

    private static int bitmap(int length) {
        return (pages(length) + Byte.SIZE - 1) / Byte.SIZE;
    }

    /** Fills the plain content of one batch. Not thread-safe. */
    static final class Writer {

        private final byte[] buffer = new byte[BatchHeader.MAX_PLAIN];
        private int position;

        byte[] buffer() {
            return buffer;
        }

        int length() {
            return position;
        }

        void clear() {
            position = 0;
        }

        /** Bytes of content that still fit into this batch, whole pages, for a file with a name of this length. */
        int room(String name) {
            int free = buffer.length - position - FIXED - name.length() - Integer.BYTES;
            int pages = free / PAGE;
            return Math.max(0, (free - (pages + Byte.SIZE - 1) / Byte.SIZE) / PAGE * PAGE);
        }

        boolean hasRoomForEnd(String name) {
            return buffer.length - position >= FIXED + name.length();
        }

        /**
         * Reads {@code length} bytes of a file straight into the batch and leaves zero pages out.
         *
         * @param length at most {@link #room}
         * @return pages left out
         */
        int content(String name, FileChannel file, long offset, int length) throws IOException {
            head(CONTENT, name, offset).putInt(length);
            int bits = position + FIXED + name.length() + Integer.BYTES;
            int from = bits + bitmap(length);
            Arrays.fill(buffer, bits, from, (byte) 0);
            ByteBuffer into = ByteBuffer.wrap(buffer, from, length);
            while (into.hasRemaining()) {
                if (file.read(into, offset + into.position() - from) < 0) {
                    throw new IOException("image file " + name + " became shorter while it was read");
                }
            }
            int zeros = 0;
            int to = from;
            for (int i = 0; i < pages(length); i++) {
                int start = from + i * PAGE;
                int end = Math.min(start + PAGE, from + length);
                if (isZero(buffer, start, end)) {
                    buffer[bits + i / Byte.SIZE] |= (byte) (1 << i % Byte.SIZE);
                    zeros++;
                } else {
                    if (start != to) {
                        System.arraycopy(buffer, start, buffer, to, end - start);
                    }
                    to += end - start;
                }
            }
            position = to;
            return zeros;
        }

        void end(String name, long length) {
            position = head(END_OF_FILE, name, length).position();
        }

        private ByteBuffer head(int type, String name, long value) {
            return ByteBuffer.wrap(buffer).position(position).put((byte) type).put((byte) name.length())
                    .put(name.getBytes(StandardCharsets.US_ASCII)).putLong(value);
        }
    }

    /**
     * Reads the fragments of a batch; every length is checked before the bytes that it speaks of are touched.
     *
     * @throws IOException when the content is not what it says, or from the sink
     */
    static void read(Batch batch, Sink sink) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(batch.buffer(), 0, batch.length());
        while (in.hasRemaining()) {
            require(in.remaining() >= 2, "head");
            int type = in.get();
            int nameLength = in.get() & 0xff;
            require(in.remaining() >= nameLength + Long.BYTES, "name");
            String name = new String(in.array(), in.position(), nameLength, StandardCharsets.US_ASCII);
            require(isName(name), "name");
            in.position(in.position() + nameLength);
            long value = in.getLong();
            require(value >= 0 && value <= Long.MAX_VALUE - BatchHeader.MAX_PLAIN, "offset");
            if (type == CONTENT) {
                content(name, value, in, sink);
            } else {
                require(type == END_OF_FILE, "type");
                sink.end(name, value);
            }
        }
    }

    private static void content(String name, long offset, ByteBuffer in, Sink sink) throws IOException {
        require(in.remaining() >= Integer.BYTES, "length");
        int length = in.getInt();
        require(length > 0 && length <= BatchHeader.MAX_PLAIN && in.remaining() >= bitmap(length), "length");
        int bits = in.position();
        int at = bits + bitmap(length);
        int limit = in.limit();
        int zeros = 0;
        int runStart = 0;
        int runAt = at;
        for (int i = 0; i < pages(length); i++) {
            int start = i * PAGE;
            boolean zero = (in.get(bits + i / Byte.SIZE) >> i % Byte.SIZE & 1) != 0;
            int carried = zero ? 0 : Math.min(PAGE, length - start);
            require(limit - at >= carried, "pages");
            if (zero) {
                if (at > runAt) {
                    sink.data(name, offset + runStart, in.array(), runAt, at - runAt);
                }
                zeros++;
                runStart = start + PAGE;
                runAt = at;
            }
            at += carried;
        }
        if (at > runAt) {
            sink.data(name, offset + runStart, in.array(), runAt, at - runAt);
        }
        sink.covered(name, offset, length, zeros);
        in.position(at);
    }

    private static void require(boolean holds, String what) throws IOException {
        if (!holds) {
            throw new IOException("malformed image fragment: " + what);
        }
    }
}
