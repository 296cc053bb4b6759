package dev.caravan.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageJoinerTest {

    private final List<Message> messages = new ArrayList<>();
    private final MessageJoiner joiner = new MessageJoiner(messages::add, 10);

    @Test
    void joinsInterleavedMessagesOfDifferentKinds() throws Exception {
        joiner.handle(part(BatchKind.MANIFEST, true, 1, 2));
        joiner.handle(part(BatchKind.WANT, true, 3));
        joiner.handle(part(BatchKind.MANIFEST, true));
        joiner.handle(part(BatchKind.WANT, false, 4));
        joiner.handle(part(BatchKind.MANIFEST, false, 5));
        assertThat(messages).extracting(Message::kind).containsExactly(BatchKind.WANT, BatchKind.MANIFEST);
        assertThat(messages.get(0).bytes()).containsExactly(3, 4);
        assertThat(messages.get(1).bytes()).containsExactly(1, 2, 5);
    }

    @Test
    void countsFinishedMessagesNoMore() throws Exception {
        for (int i = 0; i < 5; i++) {
            joiner.handle(part(BatchKind.WANT, true, 1, 2, 3, 4));
            joiner.handle(part(BatchKind.WANT, false, 5, 6));
        }
        assertThat(messages).hasSize(5);
    }

    @Test
    void refusesMoreThanItsLimit() throws Exception {
        joiner.handle(part(BatchKind.WANT, true, 1, 2, 3, 4, 5, 6));
        assertThatThrownBy(() -> joiner.handle(part(BatchKind.MANIFEST, false, 1, 2, 3, 4, 5)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("MANIFEST message exceeds 10 bytes");
    }

    private static Batch part(BatchKind kind, boolean more, int... bytes) {
        byte[] content = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            content[i] = (byte) bytes[i];
        }
        return new Batch(new BatchHeader(kind, Direction.TO_SOURCE, more, SessionPair.MIGRATION, 0, 0, content.length),
                content);
    }
}
