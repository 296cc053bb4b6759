package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchSelfTestTest {

    @Test
    void passesOnThisMachineAndKeepsItsBudget() {
        long start = System.nanoTime();
        assertThatCode(() -> BatchSelfTest.run(Duration.ofMillis(300))).doesNotThrowAnyException();
        // one batch of the largest size, uncompiled, may come on top
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }
}
