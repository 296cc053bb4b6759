package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SendWindowTest {

    private static final long RESEND = 100;
    private final SendWindow window = new SendWindow(RESEND);

    @Test
    void keepsWhatIsNotAcknowledged() {
        send(0, 5, 0);
        assertThat(window.bytes()).isEqualTo(50);
        assertThat(acknowledge(1, 2)).isTrue();
        assertThat(window.bytes()).isEqualTo(30);
        assertThat(acknowledge(2, 2, 3L)).isTrue();
        assertThat(window.oldest().batch.number()).isEqualTo(2);
        assertThat(window.bytes()).isEqualTo(20);
    }

    @Test
    void ignoresOldAcknowledgements() {
        send(0, 3, 0);
        acknowledge(1, 3);
        assertThat(acknowledge(2, 1)).isTrue();
        assertThat(window.isEmpty()).isTrue();
        assertThat(window.bytes()).isZero();
    }

    @Test
    void refusesAcknowledgementsOfWhatWasNeverSent() {
        send(0, 3, 0);
        assertThat(acknowledge(1, 4)).isFalse();
        assertThat(acknowledge(1, 0, 2L, 3L)).isFalse();
        assertThat(window.bytes()).isEqualTo(30);
    }

    @Test
    void keepsTheLastBatchUntilAllAreDelivered() {
        send(0, 3, 0);
        acknowledge(1, 1, 2L);
        acknowledge(2, 2, 2L);
        assertThat(window.bytes()).as("held, not delivered").isEqualTo(10);
        assertThat(due(2 + RESEND)).containsExactly(2L);
        acknowledge(3, 3);
        assertThat(window.isEmpty()).isTrue();
    }

    @Test
    void aPeerThatWorksIsNotSilentAndOneThatHasNothingOfWhatWasSentIs() {
        send(0, 1, 0);
        acknowledge(30, 0);
        assertThat(window.silence(40)).as("busy: it may take its time").isEqualTo(10);
        assertThat(window.acknowledge(Acknowledgement.of(0, List.of()), true, 50)).isTrue();
        assertThat(window.silence(60)).as("idle: it has not arrived").isEqualTo(30);
    }

    @Test
    void resendsAtOnceWhatThreeLaterOnesOvertook() {
        send(0, 6, 0);
        acknowledge(1, 0, 1L, 2L);
        assertThat(due(1)).isEmpty();
        acknowledge(2, 0, 1L, 2L, 3L);
        assertThat(due(2)).containsExactly(0L);
        acknowledge(3, 0, 1L, 2L, 3L, 4L);
        assertThat(due(3)).as("once is enough").isEmpty();
        send(6, 4, 4);
        acknowledge(5, 0, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(due(5)).as("lost again: later ones overtook the second sending").containsExactly(0L);
    }

    @Test
    void resendsTheOldestAfterSilenceAndWaitsLongerEachTime() {
        send(0, 3, 0);
        assertThat(due(RESEND - 1)).isEmpty();
        assertThat(due(RESEND)).containsExactly(0L);
        assertThat(due(2 * RESEND)).isEmpty();
        assertThat(due(3 * RESEND)).containsExactly(0L);
        assertThat(due(7 * RESEND)).containsExactly(0L);
        assertThat(due(15 * RESEND)).containsExactly(0L);
        assertThat(due(23 * RESEND)).as("never longer than eight times").containsExactly(0L);
    }

    @Test
    void refillsATransportThatLostEverythingAtItsOwnPace() {
        send(0, 10, 0);
        assertThat(due(RESEND)).containsExactly(0L);
        assertThat(due(RESEND + 1)).isEmpty();
        acknowledge(RESEND + 2, 1);
        assertThat(due(RESEND + 3)).containsExactly(1L, 2L);
        acknowledge(RESEND + 4, 3);
        assertThat(due(RESEND + 5)).containsExactly(3L, 4L, 5L);
    }

    @Test
    void measuresSilenceOnlyWhileSomethingIsOnItsWay() {
        assertThat(window.silence(1000)).isZero();
        send(0, 2, 1000);
        assertThat(window.silence(1500)).isEqualTo(500);
        acknowledge(1600, 0);
        assertThat(window.silence(1700)).as("a sign of life").isEqualTo(100);
        acknowledge(1800, 2);
        assertThat(window.silence(9000)).isZero();
    }

    private void send(long first, int count, long now) {
        for (long number = first; number < first + count; number++) {
            window.add(new SealedBatch(number, new byte[10]), now);
        }
    }

    private boolean acknowledge(long now, long next, Long... held) {
        return window.acknowledge(Acknowledgement.of(next, List.of(held)), false, now);
    }

    private List<Long> due(long now) {
        return window.takeDue(now).stream().map(one -> one.batch.number()).toList();
    }
}
