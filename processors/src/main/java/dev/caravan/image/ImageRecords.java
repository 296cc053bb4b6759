package dev.caravan.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The records of one of CRIU's image files, little-endian ({@code criu/image.c}):
 *
 * <pre>
 *  4    0x54564319, of every image but the inventory
 *  4    the magic of its kind
 * then for each record
 *  4    length n, at most 1 MiB
 *  n    a protobuf message
 * </pre>
 */
final class ImageRecords {
    static final int INVENTORY = 0x58313116;
    private static final int COMMON = 0x54564319;
    private static final int MAX_RECORD = 1 << 20;
    private static final int MAX_FILE = 16 << 20;
    /** An empty record takes four bytes, and what is made of it many more. */
    private static final int MAX_RECORDS = 65536;

    private ImageRecords() {
    }

    /** All records of a file whose kind has this magic. */
    static List<ProtobufMessage> read(Path file, int magic) throws IOException {
        String name = String.valueOf(file.getFileName());
        if (Files.size(file) > MAX_FILE) {
            throw new ImageRejected(name, "it is longer than " + MAX_FILE + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.wrap(content(file)).order(ByteOrder.LITTLE_ENDIAN);
        boolean common = magic == INVENTORY || bytes.remaining() >= Integer.BYTES && bytes.getInt() == COMMON;
        if (!common || bytes.remaining() < Integer.BYTES || bytes.getInt() != magic) {
            throw new ImageRejected(name, "it does not begin like an image of its kind");
        }
        List<ProtobufMessage> records = new ArrayList<>();
        while (bytes.hasRemaining()) {
            int length = bytes.remaining() < Integer.BYTES ? -1 : bytes.getInt();
            if (length < 0 || length > MAX_RECORD || length > bytes.remaining()) {
                throw new ImageRejected(name, "a record has a length that does not fit");
            }
            if (records.size() == MAX_RECORDS) {
                throw new ImageRejected(name, "it has more than " + MAX_RECORDS + " records");
            }
            records.add(new ProtobufMessage(name, bytes.slice(bytes.position(), length)));
            bytes.position(bytes.position() + length);
        }
        return records;
    }

    private static byte[] content(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(MAX_FILE);
        }
    }
}
