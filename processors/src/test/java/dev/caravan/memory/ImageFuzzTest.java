package dev.caravan.memory;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caravan.bundle.Bundle;
import dev.caravan.fuzz.Parser;
import dev.caravan.fuzz.Parsers;
import dev.caravan.image.ImageRejected;
import dev.caravan.image.ImageRules;
import dev.caravan.stream.Batch;
import dev.caravan.stream.BatchHeader;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.Direction;
import dev.caravan.stream.SessionPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** The images that an authentic but hostile peer sends. */
class ImageFuzzTest {
    private static final Bundle BUNDLE = new Bundle(JsonNodeFactory.instance.objectNode());
    private static final long SMALL = 256 * 1024;
    private static final Parsers PARSERS = Parsers.of(
            Parser.of('i', IOException.class, SMALL, 128,
                    bytes -> ImageFragment.read(batch(bytes), new Within()))
                    .from(ImageFragmentTest.fragments()),
            Parser.of('t', ImageRejected.class, SMALL, 128, bytes -> image("core-7.img", bytes))
                    .from(HexFormat.of().parseHex("19435654473805550c0000001a0208012a06520408006800")),
            Parser.of('m', ImageRejected.class, SMALL, 128, bytes -> image("mountpoints-12.img", bytes))
                    .from(HexFormat.of().parseHex("1943565428395655090000000800100120003a012f")),
            Parser.of('n', ImageRejected.class, SMALL, 256, bytes -> image("descriptors.json", bytes))
                    .from(Parsers.text("[\"/dev/null\",\"pipe:[1]\",\"socket:[2]\"]")));

    @TempDir
    private static Path directory;

    static Stream<byte[]> examples() {
        return PARSERS.examples();
    }

    @Test
    void examplesAreTaken() throws Exception {
        PARSERS.takeTheirExamples();
    }

    @Timeout(20)
    @MethodSource("examples")
    @FuzzTest
    void anythingIsTakenOrRefused(byte[] input) throws Exception {
        PARSERS.takeOrRefuse(input);
    }

    private static void image(String name, byte[] bytes) throws IOException {
        Path file = Files.write(directory.resolve(name), bytes);
        try {
            new ImageRules("CAP_KILL"::equals).require(directory, BUNDLE);
        } finally {
            Files.delete(file);
        }
    }

    private static Batch batch(byte[] content) {
        return new Batch(new BatchHeader(BatchKind.IMAGE, Direction.TO_SOURCE, false, SessionPair.MIGRATION, 0, 0,
                content.length), content);
    }

    /** Takes fragments and checks that they lie where they may. */
    private static final class Within implements ImageFragment.Sink {

        @Override
        public void data(String name, long offset, byte[] buffer, int at, int length) {
            Parser.require(ImageFragment.isName(name), "a name that is a path: " + name);
            Parser.require(at >= 0 && length > 0 && at + length <= buffer.length && offset >= 0, "data out of bounds");
        }

        @Override
        public void covered(String name, long offset, int length, int zeroPages) {
            Parser.require(offset + length > offset && zeroPages >= 0 && zeroPages <= length, "nothing is covered");
        }

        @Override
        public void end(String name, long length) {
            Parser.require(ImageFragment.isName(name) && length >= 0, "an impossible end");
        }
    }
}
