package dev.caravan.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class FailedLogInsTest {
    private Instant now = Instant.EPOCH;
    private final FailedLogIns failed = new FailedLogIns(new Clock() {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    });

    private void fail(String address, String user, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(failed.begin(address, user)).isZero();
        }
    }

    @Test
    void aUserIsLockedOutAtOneAddressForALimitedTime() {
        fail("10.0.0.1", "anna", FailedLogIns.MAX_FOR_USER);
        assertThat(failed.begin("10.0.0.1", "anna")).isEqualTo(FailedLogIns.LOCKED);
        assertThat(failed.begin("10.0.0.1", "bert")).isZero();
        assertThat(failed.begin("10.0.0.2", "anna")).isZero();
        now = now.plus(FailedLogIns.LOCKED).minus(Duration.ofSeconds(1));
        assertThat(failed.begin("10.0.0.1", "anna")).isEqualTo(Duration.ofSeconds(1));
        now = now.plusSeconds(1);
        fail("10.0.0.1", "anna", FailedLogIns.MAX_FOR_USER);
    }

    @Test
    void whoLogsInStartsAnew() {
        fail("10.0.0.1", "anna", FailedLogIns.MAX_FOR_USER);
        failed.succeeded("10.0.0.1", "anna");
        fail("10.0.0.1", "anna", FailedLogIns.MAX_FOR_USER);
    }

    @Test
    void anAddressIsLockedOutWhateverNamesItTries() {
        for (int i = 0; i < FailedLogIns.MAX_FOR_ADDRESS; i++) {
            fail("10.0.0.1", "user" + i, 1);
        }
        assertThat(failed.begin("10.0.0.1", "another")).isPositive();
        assertThat(failed.begin("10.0.0.2", "another")).isZero();
    }

    @Test
    void itRemembersABoundedNumber() {
        for (int i = 0; i < 2 * FailedLogIns.MAX_REMEMBERED; i++) {
            failed.begin("10.0." + i, "x".repeat(1000));
        }
        assertThat(failed.remembered()).isEqualTo(FailedLogIns.MAX_REMEMBERED);
    }
}
