package dev.caravan.rootfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestCodecTest {
    private static final Metadata PLAIN = new Metadata(0644, 0, -2, -5, 999_999_999, new TreeMap<>());
    private static final RootfsEntry ROOT = RootfsEntry.directory(TreePath.ROOT, PLAIN);

    private static RootfsEntry file(String path, int chunks) {
        List<ChunkDigest> digests = new ArrayList<>();
        for (int i = 0; i < chunks; i++) {
            digests.add(i % 3 == 1 ? ChunkDigest.HOLE : new ChunkDigest(i + 1, path.hashCode(), 3, 4));
        }
        return RootfsEntry.file(new TreePath(path), PLAIN, (long) chunks * ChunkDigest.CHUNK_BYTES - 7, digests);
    }

    static RootfsManifest sample() throws ManifestRejected {
        TreeMap<String, String> xattrs = new TreeMap<>();
        xattrs.put("user.x", "\u0000\u00ff");
        return RootfsManifest.of(List.of(ROOT,
                RootfsEntry.directory(new TreePath("d"), new Metadata(01777, 1, 2, 3, 4, xattrs)), file("d/f", 7),
                RootfsEntry.hardLink(new TreePath("d/g"), new TreePath("d/f")),
                RootfsEntry.symlink(new TreePath("d-\u00ff"), PLAIN, "../\u00fe//"),
                RootfsEntry.fifo(new TreePath("p"), PLAIN),
                RootfsEntry.device(new TreePath("n"), EntryType.BLOCK_DEVICE, PLAIN, 7, 300)));
    }

    private static RootfsManifest decode(byte[] bytes) throws ManifestRejected {
        return ManifestCodec.decode(bytes, RootfsManifest.EMPTY);
    }

    @Test
    void aManifestSurvivesItsEncoding() throws ManifestRejected {
        assertThat(decode(ManifestCodec.encode(sample()))).isEqualTo(sample());
    }

    @Test
    void aDifferenceLeadsToTheLaterManifest() throws ManifestRejected {
        RootfsManifest later = RootfsManifest.of(List.of(ROOT, file("d", 2), file("e", 4),
                RootfsEntry.fifo(new TreePath("p"), PLAIN)));
        byte[] delta = ManifestCodec.encode(ManifestDelta.between(sample(), later));
        assertThat(ManifestCodec.decode(delta, sample())).isEqualTo(later);
        assertThat(ManifestDelta.between(sample(), sample()).changed()).isEmpty();
    }

    @Test
    void aDifferenceFromSomethingElseIsRefused() throws ManifestRejected {
        byte[] delta = ManifestCodec.encode(ManifestDelta.between(sample(), RootfsManifest.of(List.of(ROOT))));
        assertThatThrownBy(() -> decode(delta)).isInstanceOf(ManifestRejected.class).hasMessageContaining("not there");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "../x", "d/../../x", "/etc", "d//f", "d/", ".", "d/./f", "a\u0000b", "\u0100"})
    void pathsThatLeaveTheTreeAreRefused(String path) {
        assertThatThrownBy(() -> RootfsManifest.of(List.of(ROOT,
                RootfsEntry.directory(new TreePath("d"), PLAIN), file(path, 1))))
                .isInstanceOf(ManifestRejected.class);
    }

    @Test
    void whatIsNotInADirectoryIsRefused() {
        RootfsEntry link = RootfsEntry.symlink(new TreePath("l"), PLAIN, "/etc");
        rejected("in no directory", ROOT, link, file("l/passwd", 1));
        rejected("in no directory", ROOT, file("f", 1), file("f/x", 1));
        rejected("in no directory", ROOT, file("absent/x", 1));
        rejected("in no directory", file("x", 1));
        rejected("the root is no directory", RootfsEntry.symlink(TreePath.ROOT, PLAIN, "/etc"));
    }

    @Test
    void pathsThatOccurTwiceAreRefused() {
        rejected("twice", ROOT, file("x", 1), RootfsEntry.symlink(new TreePath("x"), PLAIN, "/etc"));
    }

    @Test
    void hardLinksToAnythingButAnEarlierFileAreRefused() {
        TreePath link = new TreePath("l");
        rejected("hard link", ROOT, RootfsEntry.hardLink(link, new TreePath("../etc/passwd")));
        rejected("hard link", ROOT, RootfsEntry.hardLink(link, new TreePath("later")), file("later", 1));
        rejected("hard link", ROOT, RootfsEntry.directory(new TreePath("d"), PLAIN),
                RootfsEntry.hardLink(link, new TreePath("d")));
        rejected("hard link", ROOT, RootfsEntry.hardLink(link, link));
    }

    @Test
    void attributesThatBelongToTheHostAreRefused() {
        for (String name : List.of("security.selinux", "trusted.overlay.redirect", "system.other", "user.a\u0000")) {
            TreeMap<String, String> xattrs = new TreeMap<>();
            xattrs.put(name, "x");
            rejected("attribute", RootfsEntry.directory(TreePath.ROOT, new Metadata(0, 0, 0, 0, 0, xattrs)));
        }
    }

    private static void rejected(String why, RootfsEntry... entries) {
        assertThatThrownBy(() -> RootfsManifest.of(List.of(entries))).isInstanceOf(ManifestRejected.class)
                .hasMessageContaining(why);
    }

    @Test
    void everyTruncationIsRefused() throws ManifestRejected {
        byte[] bytes = ManifestCodec.encode(sample());
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> decode(cut)).isInstanceOf(ManifestRejected.class);
        }
        assertThatThrownBy(() -> decode(Arrays.copyOf(bytes, bytes.length + 1))).hasMessageContaining("too many");
    }

    @Test
    void aFewBytesCannotExpandToManyChunks() {
        WireWriter out = new WireWriter();
        out.bytes(new byte[]{'C', 'V', 'R', 1, 'F'});
        out.number(2);
        for (int i = 0; i < 2; i++) {
            out.number(0);
            out.number(1);
            out.octet('a' + i);
            out.octet(EntryType.FILE.code());
            out.bytes(new byte[6]);
            long size = (long) (RootfsManifest.MAX_CHUNKS / 2 + 1) * ChunkDigest.CHUNK_BYTES;
            out.number(size);
            out.number((long) (RootfsManifest.MAX_CHUNKS / 2 + 1) << 1 | 1);
        }
        assertThatThrownBy(() -> decode(out.toByteArray())).hasMessageContaining("chunks together");
    }

    @Test
    void wantsAndChunksSurviveTheirEncoding() throws ManifestRejected {
        List<ChunkDigest> wanted = List.of(new ChunkDigest(-1, 2, 3, 4), new ChunkDigest(5, 6, 7, 8));
        assertThat(WantCodec.decode(WantCodec.encode(wanted))).containsExactlyElementsOf(wanted);
        ChunkMessage message = new ChunkMessage(true, List.of(new byte[]{1}, new byte[70_000]));
        ChunkMessage decoded = ChunkMessage.decode(message.encode());
        assertThat(decoded.last()).isTrue();
        assertThat(decoded.chunks()).usingRecursiveComparison().isEqualTo(message.chunks());
        assertThat(new ChunkMessage(false, List.of(new byte[ChunkDigest.CHUNK_BYTES])).encode().length)
                .isLessThanOrEqualTo(ChunkMessage.MAX_BYTES);
    }

    @Test
    void damagedWantsAndChunksAreRefused() {
        assertThatThrownBy(() -> WantCodec.decode(new byte[33])).isInstanceOf(ManifestRejected.class);
        byte[][] damaged = {{}, {2}, {0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 2, 1}, {0, -1, -1, -1, -1, 1},
                new byte[ChunkMessage.MAX_BYTES + 1]};
        for (byte[] bytes : damaged) {
            assertThatThrownBy(() -> ChunkMessage.decode(bytes)).isInstanceOf(ManifestRejected.class);
        }
    }
}
