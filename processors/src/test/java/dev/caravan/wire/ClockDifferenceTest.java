package dev.caravan.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ClockDifferenceTest {
    private static final Instant ASKED = Instant.parse("2026-11-01T00:00:00Z");
    private static final Instant HEARD = ASKED.plusSeconds(40);

    private static ClockDifference measured(long secondsAfterAsking) {
        return ClockDifference.of(ASKED, ASKED.plusSeconds(secondsAfterAsking), HEARD);
    }

    @Test
    void anAnswerThatTookLongShowsNoDifference() {
        assertThat(measured(0).ahead()).isZero();
        assertThat(measured(40).ahead()).isZero();
        assertThat(measured(40).isNotable()).isFalse();
    }

    @Test
    void aTimeOutsideOfAskingAndHearingShowsIt() {
        assertThat(measured(-600).ahead()).isEqualTo(Duration.ofMinutes(-10));
        assertThat(measured(640).ahead()).isEqualTo(Duration.ofMinutes(10));
        assertThat(measured(640).isNotable()).isTrue();
        assertThat(measured(45).isNotable()).isFalse();
        assertThat(measured(-600).warning("beta", "alpha")).contains("beta is 600 s behind that of alpha", "NTP");
        assertThat(measured(640).warning("beta", "alpha")).contains("beta is 600 s ahead of that of alpha");
    }
}
