package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Peers of many migrations that send all that they may at once, and never what is next. */
class PendingBytesAttackTest {
    private static final int MIB = 1 << 20;

    @Test
    void manyInboxesKeepABoundedAmountTogetherAndEachOfThemOneBatch() throws Exception {
        long before = PendingBytes.kept();
        List<Inbox> inboxes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Inbox inbox = new Inbox();
            inboxes.add(inbox);
            for (int batch = 0; batch < 40; batch++) {
                inbox.offer(new byte[MIB], 0, BatchReceiver.PENDING_LIMIT);
            }
        }
        assertThat(PendingBytes.kept() - before).isLessThanOrEqualTo(PendingBytes.MAX + 10 * MIB);
        assertThat(inboxes).allSatisfy(inbox -> assertThat(inbox.bytes()).isPositive());
        inboxes.get(0).poll();
        inboxes.forEach(Inbox::close);
        assertThat(PendingBytes.kept()).isEqualTo(before);
    }

    @Test
    void whatIsHeldBecauseAnEarlierBatchIsMissingCountsAsWell() throws Exception {
        long before = PendingBytes.kept();
        List<BatchReceiver> receivers = new ArrayList<>();
        byte[] content = SessionPair.incompressible(BatchHeader.MAX_PLAIN);
        List<byte[]> wires = new ArrayList<>();
        try (BatchSealer sealer = SessionPair.sealer()) {
            for (int i = 0; i < 40; i++) {
                wires.add(sealer.seal(BatchKind.IMAGE, 0, false, content, 0, content.length).wire());
            }
        }
        for (int i = 0; i < 4; i++) {
            BatchReceiver receiver = new BatchReceiver(SessionPair.opener(), batch -> {
            }, acknowledgement -> {
            });
            receivers.add(receiver);
            for (byte[] wire : wires.subList(1, wires.size())) {
                receiver.accept(wire);
            }
        }
        assertThat(receivers.stream().mapToLong(BatchReceiver::heldBytes).sum()).isPositive()
                .isLessThanOrEqualTo(PendingBytes.MAX);
        receivers.get(3).accept(wires.get(0));
        assertThat(receivers.get(3).totals().delivered()).as("what is next is always taken").isPositive();
        receivers.get(0).accept(wires.get(0));
        assertThat(receivers.get(0).heldBytes()).isZero();
        receivers.forEach(BatchReceiver::close);
        assertThat(PendingBytes.kept()).isEqualTo(before);
    }
}
