package dev.caravan.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.stream.Batch;
import dev.caravan.stream.BatchHeader;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.Direction;
import dev.caravan.stream.SessionPair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFragmentTest {

    private static final int PAGE = ImageFragment.PAGE;

    @ParameterizedTest
    @ValueSource(strings = {"pages-1.img", "descriptors.json", "core-12345.img", "a"})
    void knowsNamesOfImageFiles(String name) {
        assertThat(ImageFragment.isName(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../x", "a/b", "/etc/passwd", ".hidden", "-x", "a b", "a\u0000", "ä"})
    void knowsWhatIsNoName(String name) {
        assertThat(ImageFragment.isName(name)).isFalse();
        assertThat(ImageFragment.isName("x".repeat(ImageFragment.MAX_NAME + 1))).isFalse();
    }

    @Test
    void leavesZeroPagesOut() {
        // page 0 has data, page 1 none, the 5 bytes after them have
        assertThat(fragments().length).isBetween(PAGE + 5, PAGE + 5 + 80);
    }

    @Test
    void readsNothingBeyondTheBatch() {
        byte[] whole = fragments();
        byte[] cut = Arrays.copyOf(whole, whole.length - 1);
        Batch batch = new Batch(
                new BatchHeader(BatchKind.IMAGE, Direction.TO_SOURCE, false, SessionPair.MIGRATION, 0, 0, cut.length),
                whole);
        assertThatThrownBy(() -> ImageFragment.read(batch, null)).isInstanceOf(Exception.class);
    }

    /** One file of two pages and five bytes, the second page all zeros, and its end. */
    static byte[] fragments() {
        try {
            Path file = Files.createTempFile("fragment", ".img");
            byte[] bytes = new byte[2 * PAGE + 5];
            bytes[17] = 1;
            bytes[2 * PAGE + 4] = 2;
            Files.write(file, bytes);
            ImageFragment.Writer writer = new ImageFragment.Writer();
            try (FileChannel channel = FileChannel.open(file)) {
                assertThat(writer.content("pages-1.img", channel, 0, bytes.length)).isEqualTo(1);
                assertThatThrownBy(() -> writer.content("pages-1.img", channel, 1, bytes.length))
                        .isInstanceOf(IOException.class).hasMessageContaining("shorter");
            }
            writer.end("pages-1.img", bytes.length);
            Files.delete(file);
            return Arrays.copyOf(writer.buffer(), writer.length());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
