package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelTransportTest {
    /** Takes and gives a few bytes at a time, then is at its end. */
    private static final class Canned implements ByteChannel {
        private final ByteBuffer input;
        private final int step;
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();

        Canned(byte[] input, int step) {
            this.input = ByteBuffer.wrap(input);
            this.step = step;
        }

        @Override
        public int read(ByteBuffer to) {
            int length = Math.min(step, Math.min(input.remaining(), to.remaining()));
            to.put(input.slice(input.position(), length));
            input.position(input.position() + length);
            return length == 0 ? -1 : length;
        }

        @Override
        public int write(ByteBuffer from) {
            int length = Math.min(step, from.remaining());
            for (int i = 0; i < length; i++) {
                written.write(from.get());
            }
            return length;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // nothing is open
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 10, 11, 4096})
    void responsesComeWholeHoweverTheyArePieced(int step) throws Exception {
        byte[] response = FakeTpm.response(0, new byte[]{1, 2, 3});
        Canned channel = new Canned(response, step);
        assertThat(new ChannelTransport(channel).exchange(new byte[]{5, 6, 7})).isEqualTo(response);
        assertThat(channel.written.toByteArray()).containsExactly(5, 6, 7);
    }

    @ParameterizedTest
    @CsvSource({"0, announced", "9, announced", "4097, announced", "-1, announced", "4096, closed", "14, closed",
            "12, more than"})
    void sizesThatDoNotHoldAreRefused(int announced, String reason) {
        byte[] response = ByteBuffer.wrap(FakeTpm.response(0, new byte[3])).putInt(2, announced).array();
        assertThatThrownBy(() -> new ChannelTransport(new Canned(response, 4096)).exchange(new byte[10]))
                .isInstanceOf(IOException.class).hasMessageContaining(reason);
    }
}
