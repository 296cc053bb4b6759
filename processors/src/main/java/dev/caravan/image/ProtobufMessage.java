package dev.caravan.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message of protocol buffers, read as CRIU's library does: fields in any order, unknown ones skipped, repeated numbers
 * one by one or packed. A field that should be there once and is there twice is refused, for libraries differ in what
 * they make of it.
 */
final class ProtobufMessage {
    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int BYTES = 2;
    private static final int FOUR_BYTES = 5;
    private static final int MAX_FIELDS = 65536;

    private final String file;
    private final List<Field> fields = new ArrayList<>();

    private record Field(long number, int type, long value, ByteBuffer bytes) {
    }

    /** @param file the name of the image file, for errors */
    ProtobufMessage(String file, ByteBuffer encoded) throws ImageRejected {
        this.file = file;
        ByteBuffer in = encoded.duplicate();
        while (in.hasRemaining()) {
            long key = varint(in);
            int type = (int) (key & 7);
            ByteBuffer bytes = null;
            long value = 0;
            switch (type) {
                case VARINT -> value = varint(in);
                case EIGHT_BYTES -> skip(in, Long.BYTES);
                case FOUR_BYTES -> skip(in, Integer.BYTES);
                case BYTES -> {
                    long length = varint(in);
                    if (length < 0 || length > in.remaining()) {
                        throw malformed();
                    }
                    bytes = in.slice(in.position(), (int) length);
                    skip(in, (int) length);
                }
                default -> throw malformed();
            }
            fields.add(new Field(key >>> 3, type, value, bytes));
            if (fields.size() > MAX_FIELDS) {
                throw malformed();
            }
        }
    }

    /** A message in a field; null if it is not there. */
    ProtobufMessage message(int number) throws ImageRejected {
        Field field = single(number, BYTES);
        return field == null ? null : new ProtobufMessage(file, field.bytes());
    }

    /** The messages of a repeated field, in order. */
    List<ProtobufMessage> messages(int number) throws ImageRejected {
        List<ProtobufMessage> messages = new ArrayList<>();
        for (ByteBuffer bytes : repeated(number)) {
            messages.add(new ProtobufMessage(file, bytes));
        }
        return messages;
    }

    /** The texts of a repeated field, in order. */
    List<String> texts(int number) throws ImageRejected {
        return repeated(number).stream().map(bytes -> StandardCharsets.UTF_8.decode(bytes).toString()).toList();
    }

    /** Whether a field is there. */
    boolean has(int number) {
        return fields.stream().anyMatch(field -> field.number() == number);
    }

    private List<ByteBuffer> repeated(int number) throws ImageRejected {
        List<ByteBuffer> found = new ArrayList<>();
        for (Field field : fields) {
            if (field.number() == number && field.type() != BYTES) {
                throw malformed();
            }
            if (field.number() == number) {
                found.add(field.bytes().duplicate());
            }
        }
        return found;
    }

    /** A text in a field; empty if it is not there. */
    String text(int number) throws ImageRejected {
        Field field = single(number, BYTES);
        return field == null ? "" : StandardCharsets.UTF_8.decode(field.bytes().duplicate()).toString();
    }

    /** A number in a field; {@code absent} if it is not there. */
    long number(int number, long absent) throws ImageRejected {
        Field field = single(number, VARINT);
        return field == null ? absent : field.value();
    }

    /** The 32-bit numbers of a repeated field, in order. */
    List<Integer> numbers(int number) throws ImageRejected {
        List<Integer> numbers = new ArrayList<>();
        for (Field field : fields) {
            if (field.number() == number && field.type() == VARINT) {
                numbers.add((int) field.value());
            } else if (field.number() == number && field.type() == BYTES) {
                ByteBuffer packed = field.bytes().duplicate();
                while (packed.hasRemaining()) {
                    numbers.add((int) varint(packed));
                }
            } else if (field.number() == number) {
                throw malformed();
            }
        }
        return numbers;
    }

    private Field single(int number, int type) throws ImageRejected {
        List<Field> found = fields.stream().filter(field -> field.number() == number).toList();
        if (found.isEmpty()) {
            return null;
        }
        if (found.size() > 1 || found.get(0).type() != type) {
            throw malformed();
        }
        return found.get(0);
    }

    private long varint(ByteBuffer in) throws ImageRejected {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE && in.hasRemaining(); shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw malformed();
    }

    private void skip(ByteBuffer in, int bytes) throws ImageRejected {
        if (bytes > in.remaining()) {
            throw malformed();
        }
        in.position(in.position() + bytes);
    }

    private ImageRejected malformed() {
        return new ImageRejected(file, "a record is not what it should be");
    }
}
