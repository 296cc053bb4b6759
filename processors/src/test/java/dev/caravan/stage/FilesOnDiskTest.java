package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.HeldRestore;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.memory.ImageSender;
import dev.caravan.migration.Facts;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.rootfs.ChunkMessage;
import dev.caravan.rootfs.ManifestCodec;
import dev.caravan.rootfs.Metadata;
import dev.caravan.rootfs.RootfsEntry;
import dev.caravan.rootfs.RootfsManifest;
import dev.caravan.rootfs.RootfsPlan;
import dev.caravan.rootfs.TreePath;
import dev.caravan.rootfs.TreeSync;
import dev.caravan.stage.RealDestination.Source;
import dev.caravan.stream.BatchKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HELD stands for files that would survive a loss of the destination's power. */
class FilesOnDiskTest {
    private static final byte[] LAST = new ChunkMessage(true, List.of()).encode();

    @TempDir
    Path work;
    /** What was brought to the disk and what was called held, in its order. */
    private final BlockingQueue<String> order = new LinkedBlockingQueue<>();
    private final CountDownLatch writing = new CountDownLatch(1);
    private IOException failure;
    private RealDestination destination;
    private Source source;

    /** A disk that takes as long as the test wants, and fails as it wants. */
    private final class SlowDisk implements TreeSync {
        @Override
        public void whole(Path directory) {
            order.add("whole");
        }

        @Override
        public void changes(Path directory, RootfsPlan plan) throws IOException {
            try {
                assertThat(writing.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (failure != null) {
                throw failure;
            }
            assertThat(plan.created()).extracting(entry -> entry.path().raw()).containsExactly("var");
            order.add("changes");
        }
    }

    @BeforeEach
    void receiveEverything() throws IOException {
        destination = new RealDestination(work, new SlowDisk());
        source = destination.connect("alpha", "web");
        source.describe();
        source.send(BatchKind.MANIFEST, manifest("etc"));
        source.send(BatchKind.CHUNKS, LAST);
        source.await("synced");
        assertThat(order).as("before the source hears that the files are built").containsExactly("whole");
        Path images = Files.createDirectories(work.resolve("dump"));
        Files.write(images.resolve("pages-1.img"), new byte[]{1, 2, 3});
        new ImageSender(images, 0, source.channel).stream(() -> true);
        source.await("transferring");
        source.send(BatchKind.MANIFEST, manifest("etc", "var"));
        source.send(BatchKind.CHUNKS, LAST);
        source.await("complete");
        ContainerRuntime held = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> method.getName().equals("lives"));
        source.migration.held(
                HeldRestore.rediscover(held, "web", destination.platform.gate(source.migration.id())));
    }

    @AfterEach
    void close() {
        writing.countDown();
        destination.close();
    }

    private static byte[] manifest(String... directories) throws IOException {
        List<RootfsEntry> entries = new ArrayList<>(List.of(directory(TreePath.ROOT)));
        for (String path : directories) {
            entries.add(directory(new TreePath(path)));
        }
        return ManifestCodec.encode(RootfsManifest.of(entries));
    }

    private static RootfsEntry directory(TreePath path) {
        return RootfsEntry.directory(path, new Metadata(0755, 0, 0, 0, 0, Metadata.NONE.xattrs()));
    }

    private CompletableFuture<Void> keepHeld() {
        return CompletableFuture.runAsync(() -> {
            try {
                destination.stages.keepHeld(source.migration, new Held(new byte[]{1}, new byte[]{2}));
                order.add("held");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Test
    void heldIsSaidOnceTheChangesAreOnTheDiskToo() throws Exception {
        CompletableFuture<Void> reporting = keepHeld();
        assertThat(order.poll()).isEqualTo("whole");
        writing.countDown();
        reporting.get(20, TimeUnit.SECONDS);
        assertThat(order).containsExactly("changes", "held");
        assertThat(destination.platform.migrations().journal().recall(source.migration.id(), Facts.HELD)).isPresent();
    }

    @Test
    void heldIsNotSaidIfTheDiskFails() {
        failure = new IOException("error 5 (errno(3))");
        CompletableFuture<Void> reporting = keepHeld();
        writing.countDown();
        assertThatThrownBy(() -> reporting.get(20, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class)
                .hasMessageContaining("files of web cannot be written to the disk of beta: error 5");
        assertThat(order).containsExactly("whole");
        assertThat(destination.platform.migrations().journal().recall(source.migration.id(), Facts.HELD)).isEmpty();
    }

    @Test
    void nobodyWaitsForTheDiskOfAMigrationThatWasGivenUp() {
        CompletableFuture<Void> reporting = keepHeld();
        source.migration.abort(MigrationFailed.rollBack("cancelled", "cancelled by a person"));
        assertThatThrownBy(() -> reporting.get(20, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(MigrationFailed.class);
        assertThat(order).containsExactly("whole");
    }
}
