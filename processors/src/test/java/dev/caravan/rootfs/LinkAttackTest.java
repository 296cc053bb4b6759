package dev.caravan.rootfs;

import static dev.caravan.rootfs.SampleTree.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.beneath.LinkInTheWay;
import dev.caravan.beneath.NotRegular;
import dev.caravan.beneath.Outside;
import dev.caravan.machine.Machine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A container that exchanges a directory for a link to the host's files while its tree is scanned, read, built or changed.
 */
@Timeout(120)
class LinkAttackTest {
    private static final byte[] INSIDE = random(100, 1);
    private static final Runnable WANTED = () -> {
    };
    private static final int ROUNDS = 100;

    @TempDir
    Path work;
    private Path tree;
    private Outside outside;
    private String before;
    private ChunkStore.SourceChunks store;
    private final RootfsBuilder builder = new RootfsBuilder();

    @BeforeEach
    void make() throws IOException {
        Machine.require("getfattr", "mkfifo");
        outside = Outside.make(work.resolve("outside"));
        before = outside.describe();
        tree = work.resolve("tree");
        store = ChunkStore.open(work.resolve("store"), 1 << 30).of(SampleTree.SOURCE);
        store.receive(new ChunkMessage(true, List.of(INSIDE, random(50, 2))), new HashSet<>(
                Set.of(digest(INSIDE), digest(random(50, 2)))));
    }

    @AfterEach
    void nothingOutsideHasChanged() throws IOException {
        assertThat(outside.describe()).isEqualTo(before);
    }

    private static ChunkDigest digest(byte[] bytes) {
        return ChunkDigest.of(bytes, bytes.length);
    }

    private static Metadata metadata(int mode, String... attributes) {
        SortedMap<String, String> xattrs = new TreeMap<>();
        for (String attribute : attributes) {
            xattrs.put(attribute, "1");
        }
        return new Metadata(mode, 5, 6, 7, 8, xattrs);
    }

    private static RootfsEntry file(String path, byte[] content, int mode, String... attributes) {
        return RootfsEntry.file(new TreePath(path), metadata(mode, attributes), content.length,
                List.of(digest(content)));
    }

    private static RootfsEntry directory(String path, int mode) {
        return RootfsEntry.directory(new TreePath(path), metadata(mode));
    }

    private static RootfsManifest manifest(RootfsEntry... entries) throws IOException {
        List<RootfsEntry> all = new ArrayList<>(List.of(directory("", 0755)));
        all.addAll(List.of(entries));
        return RootfsManifest.of(all);
    }

    /** A tree with a directory of the same names as the host's has. */
    private static RootfsManifest base() throws IOException {
        return manifest(directory("d", 0755), file("d/file", INSIDE, 0644, "user.x"), directory("d/dir", 0755),
                file("d/dir/file", INSIDE, 0644), RootfsEntry.fifo(new TreePath("d/fifo"), metadata(0600)),
                RootfsEntry.symlink(new TreePath("d/link"), metadata(0777), "x"), file("a", INSIDE, 0600));
    }

    private static RootfsManifest with(RootfsEntry changed) throws IOException {
        return new ManifestDelta(List.of(), List.of(changed)).applyTo(base());
    }

    private static RootfsManifest without(String path) throws IOException {
        return new ManifestDelta(List.of(new TreePath(path)), List.of()).applyTo(base());
    }

    /** One change of each kind in the directory that has become a link. */
    static Stream<RootfsManifest> changes() throws IOException {
        TreePath made = new TreePath("d/new");
        return Stream.of(with(file("d/new", INSIDE, 0644)), with(directory("d/new", 0755)),
                with(RootfsEntry.symlink(made, metadata(0777), "/etc/shadow")),
                with(RootfsEntry.fifo(made, metadata(0644))),
                with(RootfsEntry.device(made, EntryType.CHARACTER_DEVICE, metadata(0666), 1, 3)),
                with(RootfsEntry.hardLink(made, new TreePath("d/file"))),
                with(RootfsEntry.hardLink(made, new TreePath("a"))),
                with(RootfsEntry.hardLink(new TreePath("new"), new TreePath("d/file"))),
                with(file("d/file", random(50, 2), 0644, "user.x")), with(file("d/file", INSIDE, 0600, "user.x")),
                with(file("d/file", INSIDE, 0644)), with(file("d/file", INSIDE, 0644, "user.x", "user.y")),
                with(directory("d/dir", 0700)), with(file("d/dir/file", INSIDE, 0600)), without("d/file"),
                without("d/link"), without("d/fifo"), without("d/dir/file"));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void nothingIsChangedThroughADirectoryThatHasBecomeALink(RootfsManifest next) throws IOException {
        builder.apply(RootfsManifest.EMPTY, base(), store, tree, WANTED);
        Machine.run("rm", "-r", tree.resolve("d").toString());
        Files.createSymbolicLink(tree.resolve("d"), outside.directory());
        assertThatThrownBy(() -> builder.apply(base(), next, store, tree, WANTED)).isInstanceOf(LinkInTheWay.class);
    }

    @Test
    void nothingIsChangedThroughAFileThatHasBecomeALink() throws IOException {
        builder.apply(RootfsManifest.EMPTY, base(), store, tree, WANTED);
        Files.delete(tree.resolve("d/file"));
        Files.createSymbolicLink(tree.resolve("d/file"), outside.directory().resolve("file"));
        assertThatThrownBy(() -> builder.apply(base(), with(file("d/file", random(50, 2), 0644, "user.x")), store,
                tree, WANTED)).isInstanceOf(NotRegular.class);
        assertThatThrownBy(() -> builder.apply(base(), with(file("d/file", INSIDE, 0777, "user.x")), store, tree,
                WANTED)).isInstanceOf(IOException.class);
    }

    @Test
    void noRaceLeadsABuildOutOfTheTree() throws IOException {
        RootfsManifest other = manifest(directory("d", 0700), directory("d/dir", 0700),
                file("d/file", random(50, 2), 0600), file("d/new", INSIDE, 0644), directory("d/below", 0755),
                RootfsEntry.hardLink(new TreePath("d/first"), new TreePath("d/file")),
                RootfsEntry.symlink(new TreePath("d/fifo"), metadata(0777), "y"));
        int outrun = 0;
        for (int i = 0; i < ROUNDS; i++) {
            Machine.run("rm", "-rf", tree.toString());
            builder.apply(RootfsManifest.EMPTY, base(), store, tree, WANTED);
            try (Outside.Swapper swapper = new Outside.Swapper(tree.resolve("d"), outside.directory())) {
                while (swapper.swaps() == 0) {
                    Thread.onSpinWait();
                }
                builder.apply(base(), other, store, tree, WANTED);
            } catch (IOException e) {
                outrun++;
            }
        }
        assertThat(outrun).as("rounds in which the race was on").isPositive();
    }

    @Test
    void noRaceLeadsAScanOutOfTheTree() throws IOException {
        builder.apply(RootfsManifest.EMPTY, base(), store, tree, WANTED);
        RootfsScanner scanner = new RootfsScanner(Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1)));
        ChunkDigest secret = digest(Outside.SECRET.getBytes(StandardCharsets.UTF_8));
        int outrun = 0;
        try (Outside.Swapper swapper = new Outside.Swapper(tree.resolve("d"), outside.directory())) {
            for (int i = 0; i < ROUNDS; i++) {
                RootfsManifest found = scanner.scan(tree, Transfer.WANTED).manifest();
                outrun += found.entry(new TreePath("d/file")) == null ? 1 : 0;
                for (RootfsEntry entry : found.entries()) {
                    assertThat(entry.chunks()).doesNotContain(secret);
                    assertThat(entry.target()).isNotEqualTo("host-secret");
                    assertThat(entry.metadata().mode()).as(entry.path().toString()).isNotEqualTo(04640);
                    assertThat(entry.path().raw()).doesNotContain("below");
                }
            }
            assertThat(swapper.swaps()).isPositive();
        }
        assertThat(outrun).as("scans in which the race was on").isPositive();
    }

    @Test
    void noChunkIsReadThroughALink() throws IOException {
        byte[] secret = Outside.SECRET.getBytes(StandardCharsets.UTF_8);
        RootfsManifest claimed = manifest(directory("d", 0755), file("d/file", secret, 0644),
                directory("e", 0755), file("e/file", secret, 0644));
        Files.createDirectories(tree.resolve("e"));
        Files.createSymbolicLink(tree.resolve("d"), outside.directory());
        Files.createSymbolicLink(tree.resolve("e/file"), outside.directory().resolve("file"));
        List<ChunkMessage> sent = new ArrayList<>();
        Set<ChunkDigest> missing = new ChunkReader(tree, claimed).read(Set.of(digest(secret)), sent::add);
        assertThat(missing).containsExactly(digest(secret));
        assertThat(sent).hasSize(1);
        assertThat(sent.get(0).chunks()).isEmpty();
    }

    @Test
    void neitherScanNorReadWaitsForAFifoThatHasTakenAFilesName() throws IOException {
        builder.apply(RootfsManifest.EMPTY, base(), store, tree, WANTED);
        Files.delete(tree.resolve("d/file"));
        Machine.run("mkfifo", tree.resolve("d/file").toString());
        assertThat(new ChunkReader(tree, base()).read(Set.of(digest(INSIDE)), message -> {
        })).isEmpty();
        Files.delete(tree.resolve("d/dir/file"));
        Files.delete(tree.resolve("a"));
        assertThat(new ChunkReader(tree, base()).read(Set.of(digest(INSIDE)), message -> {
        })).containsExactly(digest(INSIDE));
    }
}
