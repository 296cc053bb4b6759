package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.memory.ImageSender;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.rootfs.ChunkMessage;
import dev.caravan.rootfs.EntryType;
import dev.caravan.rootfs.ManifestCodec;
import dev.caravan.rootfs.Metadata;
import dev.caravan.rootfs.RootfsEntry;
import dev.caravan.rootfs.RootfsManifest;
import dev.caravan.rootfs.TreePath;
import dev.caravan.stage.RealDestination.Source;
import dev.caravan.stream.BatchKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A source that goes on sending, or sends out of turn, to a real destination. */
class StreamEndAttackTest {
    private static final RootfsEntry ROOT = directory(TreePath.ROOT);
    private static final byte[] LAST = new ChunkMessage(true, List.of()).encode();

    @TempDir
    Path work;
    private RealDestination destination;
    private Source source;

    /** Each kind of batch that a source can send. */
    private enum Late {
        DESCRIPTION, MANIFEST, CHUNKS, IMAGE, END
    }

    @BeforeEach
    void connect() throws IOException {
        destination = new RealDestination(work);
        source = destination.connect("alpha", "web");
    }

    @AfterEach
    void close() {
        destination.close();
    }

    private static RootfsEntry directory(TreePath path) {
        return RootfsEntry.directory(path, new Metadata(0755, 0, 0, 0, 0, Metadata.NONE.xattrs()));
    }

    private static byte[] manifest(String... directories) throws IOException {
        List<RootfsEntry> entries = new ArrayList<>(List.of(ROOT));
        for (String path : directories) {
            entries.add(directory(new TreePath(path)));
        }
        return ManifestCodec.encode(RootfsManifest.of(entries));
    }

    private void sync() throws IOException {
        source.describe();
        source.send(BatchKind.MANIFEST, manifest("etc"));
        source.send(BatchKind.CHUNKS, LAST);
        source.await("synced");
    }

    private void images(String name) throws IOException {
        Path images = Files.createDirectories(work.resolve("dump-" + name));
        Files.write(images.resolve(name), new byte[]{1, 2, 3});
        new ImageSender(images, 0, source.channel).stream(() -> true);
    }

    private void complete() throws IOException {
        sync();
        images("pages-1.img");
        source.await("transferring");
        source.send(BatchKind.MANIFEST, manifest("etc", "var"));
        source.send(BatchKind.CHUNKS, LAST);
        source.await("complete");
    }

    private void send(Late late) throws IOException {
        switch (late) {
            case DESCRIPTION -> source.send(BatchKind.DESCRIPTION, "{}".getBytes());
            case MANIFEST -> source.send(BatchKind.MANIFEST, manifest("etc", "var", "late"));
            case CHUNKS -> source.send(BatchKind.CHUNKS, LAST);
            case IMAGE -> images("core-1.img");
            default -> source.channel.send(BatchKind.END, 0, false, new byte[12], 0, 12);
        }
    }

    private void assertRefused(String... words) {
        assertThatThrownBy(() -> source.migration.channel().ended().toCompletableFuture().get(20, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class).cause().isInstanceOf(MigrationFailed.class)
                .hasMessageContainingAll(words);
    }

    @ParameterizedTest
    @EnumSource(Late.class)
    void nothingIsTakenAfterTheLastChunks(Late late) throws IOException {
        complete();
        List<String> tree = RealDestination.list(source.rootfs());
        List<String> images = RealDestination.list(source.images());
        RootfsManifest manifest = source.migration.manifest();
        assertThat(tree).containsExactly("", "etc", "var");

        send(late);
        assertRefused(late.name(), "after the stream was complete");

        assertThat(RealDestination.list(source.rootfs())).isEqualTo(tree);
        assertThat(RealDestination.list(source.images())).isEqualTo(images);
        assertThat(source.migration.manifest()).isSameAs(manifest);
        assertThat(source.arrived).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = Late.class, names = {"DESCRIPTION", "CHUNKS", "IMAGE", "END"})
    void afterTheImagesOnlyTheChangesMayCome(Late late) throws IOException {
        sync();
        images("pages-1.img");
        source.channel.awaitAcknowledged();
        List<String> images = RealDestination.list(source.images());
        send(late);
        assertRefused(late.name(), "only [MANIFEST]");
        assertThat(RealDestination.list(source.images())).isEqualTo(images);
    }

    @ParameterizedTest
    @EnumSource(value = Late.class, names = {"DESCRIPTION", "MANIFEST", "CHUNKS", "END"})
    void afterTheRootFileSystemOnlyImagesMayCome(Late late) throws IOException {
        sync();
        send(late);
        assertRefused(late.name(), "only [IMAGE]");
        assertThat(source.rootfs().resolve("late")).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(value = Late.class, names = {"MANIFEST", "CHUNKS", "IMAGE", "END"})
    void nothingComesBeforeTheDescription(Late early) throws IOException {
        send(early);
        assertRefused(early.name(), "only [DESCRIPTION]");
        assertThat(source.rootfs()).doesNotExist();
    }

    /** Whoever removes the files of a migration that failed must not have more of them written behind him. */
    @Test
    void nothingIsWrittenOnceTheDestinationHasStoppedReceiving() throws Exception {
        source.describe();
        List<RootfsEntry> entries = new ArrayList<>(List.of(ROOT));
        for (int i = 0; i < 100_000; i++) {
            entries.add(new RootfsEntry(new TreePath(String.format("f%06d", i)), EntryType.FIFO, ROOT.metadata(), 0,
                    List.of(), "", 0, 0));
        }
        source.send(BatchKind.MANIFEST, ManifestCodec.encode(RootfsManifest.of(entries)));
        source.send(BatchKind.CHUNKS, LAST);
        Awaitility.await().until(() -> Files.exists(source.rootfs().resolve("f000000")));
        source.migration.abort(MigrationFailed.rollBack("cancelled", "cancelled"));
        source.migration.stopReceiving();
        Workspace.delete(source.rootfs());
        source.close();
        assertThat(source.rootfs()).doesNotExist();
        assertThat(source.arrived).isEmpty();
    }
}
