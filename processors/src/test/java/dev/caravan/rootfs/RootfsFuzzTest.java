package dev.caravan.rootfs;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.caravan.fuzz.Parser;
import dev.caravan.fuzz.Parsers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** What a peer says of a root file system, and what the kernel prints of one whose names a container chose. */
class RootfsFuzzTest {
    private static final long SMALL = 256 * 1024;
    /** An entry of five bytes may share a whole path with the one before it. */
    private static final int PATHS = 2 * TreePath.MAX_BYTES;
    private static final Parsers PARSERS = parsers();

    private static Parsers parsers() {
        try {
            RootfsManifest sample = ManifestCodecTest.sample();
            RootfsManifest later = RootfsManifest.of(List.of(sample.entry(TreePath.ROOT),
                    sample.entry(new TreePath("p")), sample.entry(new TreePath("n"))));
            return Parsers.of(
                    Parser.of('m', ManifestRejected.class, SMALL, PATHS, bytes -> manifest(bytes, sample)).from(
                            ManifestCodec.encode(sample), ManifestCodec.encode(ManifestDelta.between(sample, later)),
                            ManifestCodec.encode(ManifestDelta.between(later, sample))),
                    Parser.of('w', ManifestRejected.class, SMALL, 16, RootfsFuzzTest::wanted)
                            .from(WantCodec.encode(List.of(new ChunkDigest(-1, 2, 3, 4), new ChunkDigest(5, 6, 7, 8)))),
                    Parser.of('c', ManifestRejected.class, SMALL, 32, RootfsFuzzTest::chunks)
                            .from(new ChunkMessage(true, List.of(new byte[]{1}, new byte[300])).encode()),
                    Parser.of('p', IOException.class, SMALL, 256, RootfsFuzzTest::mappings)
                            .from(ascii("7f0000-7f1000 rw-s 00000000 00:12 4711                  /a b (deleted)\n"
                                    + "7f2000-7f3000 r--p 00000000 00:00 0 \n")));
        } catch (ManifestRejected e) {
            throw new IllegalStateException("the examples are valid", e);
        }
    }

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

    private static void manifest(byte[] bytes, RootfsManifest before) throws ManifestRejected {
        RootfsManifest manifest = ManifestCodec.decode(bytes, before);
        Parser.require(ManifestCodec.decode(ManifestCodec.encode(manifest), RootfsManifest.EMPTY).equals(manifest),
                "a manifest does not survive its encoding");
        for (RootfsEntry entry : manifest.entries()) {
            Parser.require(entry.whyNot() == null, "an entry that cannot be was taken");
        }
    }

    private static void wanted(byte[] bytes) throws ManifestRejected {
        Set<ChunkDigest> wanted = WantCodec.decode(bytes);
        Parser.require(WantCodec.decode(WantCodec.encode(wanted)).equals(wanted), "a want does not survive");
    }

    private static void chunks(byte[] bytes) throws ManifestRejected {
        Parser.require(Arrays.equals(ChunkMessage.decode(bytes).encode(), bytes), "a message that no sender writes");
    }

    private static void mappings(byte[] maps) throws IOException {
        Set<Long> inodes = new HashSet<>();
        SharedMappings.parse(new ByteArrayInputStream(maps), inodes);
        Parser.require(!inodes.contains(0L), "a mapping of no file");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
