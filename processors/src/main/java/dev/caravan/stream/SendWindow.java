package dev.caravan.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The batches on their way and which of them are due again. Pure bookkeeping in nanoseconds of any monotonic clock; not
 * thread-safe.
 *
 * <p>Like TCP: a batch counts as lost when one that left at least three sends later has arrived. After silence the
 * oldest batch is sent again, and all that was sent before is suspect: as acknowledgements return, suspects follow, so that
 * a transport that lost everything is refilled at the pace at which it delivers and never holds two windows.
 *
 * <p>What has arrived out of order leaves the window, except the very last batch, which stays until everything is delivered:
 * so an empty window means just that, and when the last acknowledgement is lost there is something to ask again with.
 */
final class SendWindow {

    private static final int REORDERING = 3;
    private static final int MAX_BACKOFF = 3;

    private final long resendAfter;
    private final TreeMap<Long, InFlight> inFlight = new TreeMap<>();
    private long bytes;
    private long end;
    private long silentSince;
    private long heardAt;
    private int backoff;
    private long suspectsBelow;
    private long suspectsDue;
    private long turns;
    private long latestArrival = -1;

    SendWindow(long resendAfterNanos) {
        this.resendAfter = resendAfterNanos;
    }

    /** A batch on its way; fields change with the window. */
    static final class InFlight {

        final SealedBatch batch;
        long sentAt;
        long turn;
        int sends;

        InFlight(SealedBatch batch) {
            this.batch = batch;
        }
    }

    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return inFlight.isEmpty();
    }

    /** A batch is about to be sent for the first time. */
    void add(SealedBatch batch, long now) {
        if (inFlight.isEmpty()) {
            silentSince = now;
            heardAt = now;
        }
        inFlight.put(batch.number(), leave(new InFlight(batch), now));
        bytes += batch.wire().length;
        end = batch.number() + 1;
    }

    /**
     * The peer has spoken.
     *
     * @param idle whether it has nothing to work on, so that its word alone does not show that anything arrives
     * @return false when it acknowledges what was never sent, which changes nothing
     */
    boolean acknowledge(Acknowledgement ack, boolean idle, long now) {
        List<Acknowledgement.Range> ranges = ack.ranges();
        long last = ranges.isEmpty() ? ack.next() : ranges.get(ranges.size() - 1).to();
        if (last > end) {
            return false;
        }
        int arrived = remove(Long.MIN_VALUE, ack.next());
        for (Acknowledgement.Range range : ranges) {
            arrived += remove(range.from(), Math.min(range.to(), end - 1));
        }
        if (arrived > 0 || !idle) {
            heardAt = now;
        }
        if (arrived > 0) {
            silentSince = now;
            backoff = 0;
            suspectsDue += arrived + 1;
        }
        return true;
    }

    /** What must be sent again now; counts as sent when this returns. */
    List<InFlight> takeDue(long now) {
        List<InFlight> due = new ArrayList<>();
        if (inFlight.isEmpty()) {
            return due;
        }
        for (InFlight one : inFlight.values()) {
            if (one.turn + REORDERING <= latestArrival) {
                due.add(leave(one, now));
            }
        }
        if (now - silentSince >= resendAfter << backoff) {
            silentSince = now;
            backoff = Math.min(backoff + 1, MAX_BACKOFF);
            suspectsBelow = end;
            suspectsDue = 1;
        }
        for (InFlight suspect : inFlight.headMap(suspectsBelow).values()) {
            if (suspectsDue == 0) {
                break;
            }
            if (now - suspect.sentAt >= resendAfter) {
                due.add(leave(suspect, now));
                suspectsDue--;
            }
        }
        return due;
    }

    /** Nanoseconds since anything arrived or the peer was busy with what had; 0 when nothing is on its way. */
    long silence(long now) {
        return inFlight.isEmpty() ? 0 : now - heardAt;
    }

    InFlight oldest() {
        return inFlight.firstEntry().getValue();
    }

    private InFlight leave(InFlight one, long now) {
        one.sentAt = now;
        one.turn = turns++;
        one.sends++;
        return one;
    }

    private int remove(long from, long to) {
        var arrived = inFlight.subMap(from, to);
        int count = arrived.size();
        for (InFlight gone : arrived.values()) {
            bytes -= gone.batch.wire().length;
            // of a batch that was sent more than once nobody knows which sending arrived
            latestArrival = gone.sends == 1 ? Math.max(latestArrival, gone.turn) : latestArrival;
        }
        arrived.clear();
        return count;
    }
}
