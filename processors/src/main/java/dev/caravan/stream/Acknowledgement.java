package dev.caravan.stream;

import dev.caravan.stream.BatchRejected.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a receiver has: all batches below {@code next}, and beyond it the ranges that wait for a gap to close.
 *
 * <p>Content of an {@link BatchKind#ACK} batch: {@code next} (8 bytes), number of ranges (2 bytes), each range as its first
 * number and the number after its last (8 bytes each), ascending, not touching.
 *
 * @param next   the number that is delivered next
 * @param ranges at most {@value #MAX_RANGES}
 */
public record Acknowledgement(long next, List<Range> ranges) {

    /** Most ranges in one acknowledgement; what lies beyond is told once earlier gaps are closed. */
    public static final int MAX_RANGES = 64;

    private static final int HEAD = Long.BYTES + Short.BYTES;

    /** Numbers {@code from} to {@code to}, the latter excluded. */
    public record Range(long from, long to) {
    }

    public Acknowledgement {
        ranges = List.copyOf(ranges);
    }

    /** For a receiver that expects {@code next} and holds these numbers, ascending. */
    static Acknowledgement of(long next, Iterable<Long> held) {
        List<Range> ranges = new ArrayList<>();
        for (long number : held) {
            Range last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
            if (last != null && last.to == number) {
                ranges.set(ranges.size() - 1, new Range(last.from, number + 1));
            } else if (ranges.size() < MAX_RANGES) {
                ranges.add(new Range(number, number + 1));
            } else {
                break;
            }
        }
        return new Acknowledgement(next, ranges);
    }

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(HEAD + ranges.size() * 2 * Long.BYTES);
        out.putLong(next).putShort((short) ranges.size());
        ranges.forEach(range -> out.putLong(range.from).putLong(range.to));
        return out.array();
    }

    static Acknowledgement decode(Batch batch) throws BatchRejected {
        ByteBuffer in = batch.content();
        require(in.remaining() >= HEAD);
        long next = in.getLong();
        int count = in.getShort();
        require(next >= 0 && count >= 0 && count <= MAX_RANGES && in.remaining() == count * 2 * Long.BYTES);
        List<Range> ranges = new ArrayList<>(count);
        long after = next;
        for (int i = 0; i < count; i++) {
            Range range = new Range(in.getLong(), in.getLong());
            require(range.from > after && range.to > range.from);
            ranges.add(range);
            after = range.to;
        }
        return new Acknowledgement(next, ranges);
    }

    private static void require(boolean holds) throws BatchRejected {
        if (!holds) {
            throw new BatchRejected(Reason.BAD_CONTENT, "malformed acknowledgement");
        }
    }
}
