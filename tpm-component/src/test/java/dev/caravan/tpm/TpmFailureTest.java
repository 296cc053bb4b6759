package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TpmFailureTest {
    private static final PcrSelection PCR_0 = PcrSelection.of(0);
    private static final Duration SOON = Duration.ofSeconds(1);

    private final FakeTpm fake = new FakeTpm();

    private Tpm open(Duration timeout) {
        return Tpm.open("fake", fake, timeout);
    }

    private Tpm open() {
        return open(Tpm.DEFAULT_TIMEOUT);
    }

    @Test
    void aTpmThatDoesNotAnswerIsGivenUpAndTheNextCallConnectsAnew() {
        try (Tpm tpm = open(SOON)) {
            fake.thenHang();
            assertThatThrownBy(() -> tpm.readPcrs(PCR_0)).isInstanceOf(TpmFailed.class)
                    .hasMessage("the TPM fake did not read PCRs within 1000 ms");
            assertThat(tpm.readPcrs(PCR_0)).containsOnlyKeys(0);
            assertThat(fake.connections).hasValue(2);
            assertThat(fake.closed).hasValue(1);
        }
    }

    @Test
    void aBrokenConnectionFailsTheCallAndTheNextOneConnectsAnew() {
        try (Tpm tpm = open()) {
            fake.then(() -> {
                throw new IOException("Broken pipe");
            });
            assertThatThrownBy(() -> tpm.readPcrs(PCR_0)).isInstanceOf(TpmFailed.class)
                    .hasMessageContaining("cannot read PCRs").hasMessageContaining("Broken pipe");
            tpm.readPcrs(PCR_0);
            assertThat(fake.connections).hasValue(2);
        }
    }

    @Test
    void aMalformedAnswerFailsTheCallAndTheNextOneConnectsAnew() {
        try (Tpm tpm = open()) {
            fake.then(() -> FakeTpm.response(0, new byte[]{0, 0, 0, 0, 0, 0, 0, 9}));
            assertThatThrownBy(() -> tpm.readPcrs(PCR_0)).isInstanceOf(TpmFailed.class);
            tpm.readPcrs(PCR_0);
            assertThat(fake.connections).hasValue(2);
        }
    }

    @ParameterizedTest
    @CsvSource({"0x922", "0x908", "0x90a"})
    void aBusyTpmIsAskedAgain(String code) {
        try (Tpm tpm = open()) {
            fake.thenRefuse(Integer.decode(code)).thenRefuse(Integer.decode(code));
            tpm.readPcrs(PCR_0);
            assertThat(fake.reads).hasValue(3);
        }
    }

    @Test
    void aTpmThatStaysBusyIsGivenUp() {
        try (Tpm tpm = open(SOON)) {
            for (int i = 0; i < 100; i++) {
                fake.thenRefuse(0x922);
            }
            assertThatThrownBy(() -> tpm.readPcrs(PCR_0)).hasMessageContaining("did not read PCRs within");
        }
    }

    @ParameterizedTest
    @CsvSource({"0x100, not started up", "0x101, failure mode", "0x18b, nothing there", "0x1df, another TPM's",
            "0x9a2, password", "0x902, no room", "0x921, locked out", "0x1c4, TPM_RC 0x1c4"})
    void aRefusalSaysWhyAndKeepsTheConnection(String code, String reason) {
        try (Tpm tpm = open()) {
            fake.thenRefuse(Integer.decode(code));
            assertThatThrownBy(() -> tpm.readPcrs(PCR_0)).isInstanceOf(TpmRefused.class).hasMessageContaining(reason)
                    .extracting(e -> ((TpmRefused) e).responseCode()).isEqualTo(Integer.decode(code));
            tpm.readPcrs(PCR_0);
            assertThat(fake.connections).hasValue(1);
        }
    }

    @Test
    void nothingIsPrintedToStandardOutput() {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try (Tpm tpm = open()) {
            fake.thenRefuse(0x18b);
            assertThatThrownBy(() -> tpm.readPcrs(PCR_0)).isInstanceOf(TpmRefused.class);
        } finally {
            System.setOut(before);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void aCallerThatIsInterruptedStaysInterrupted() {
        try (Tpm tpm = open()) {
            Thread caller = Thread.currentThread();
            fake.then(() -> {
                caller.interrupt();
                throw FakeTpm.hang();
            });
            assertThatThrownBy(() -> tpm.readPcrs(PCR_0)).hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
            tpm.readPcrs(PCR_0);
        }
    }

    @Test
    void aClosedTpmSaysSo() {
        Tpm tpm = open();
        tpm.close();
        tpm.close();
        assertThat(fake.closed).hasValue(1);
        assertThatThrownBy(() -> tpm.readPcrs(PCR_0)).isInstanceOf(TpmFailed.class).hasMessageContaining("is closed");
    }

    @Test
    void whatATpmCannotBeAskedIsRefusedAtOnce() {
        try (Tpm tpm = open()) {
            assertThatThrownBy(() -> tpm.extendPcr(24, new byte[32])).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> tpm.extendPcr(0, new byte[20])).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> tpm.quote(null, new byte[65], PCR_0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aKeyThatIsNoneIsRefusedBeforeTheTpmSeesIt() {
        try (Tpm tpm = open()) {
            TpmKey none = new TpmKey(new byte[]{0, 0x23, (byte) 0xff}, new byte[0]);
            assertThatThrownBy(() -> tpm.sign(none, new byte[0])).isInstanceOf(TpmFailed.class)
                    .hasMessageContaining("cut short");
            assertThat(fake.connections).hasValue(1);
        }
    }
}
