package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BatchSelfTestTest {

    @Test
    @Timeout(60)
    void passesOnThisMachineAndKeepsItsBudget() {
        assertThatCode(() -> BatchSelfTest.run(Duration.ofMillis(300))).doesNotThrowAnyException();
    }
}
