package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.rootfs.ChunkDigest;
import dev.caravan.rootfs.ChunkMessage;
import dev.caravan.rootfs.ManifestCodec;
import dev.caravan.rootfs.Metadata;
import dev.caravan.rootfs.RootfsEntry;
import dev.caravan.rootfs.RootfsManifest;
import dev.caravan.rootfs.TreePath;
import dev.caravan.rootfs.WantCodec;
import dev.caravan.stage.RealDestination.Source;
import dev.caravan.stream.BatchKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A source that knows a digest asks a destination for what came with another's container. */
class ChunkOracleAttackTest {
    private static final byte[] SECRET = "password=hunter2\n".getBytes(StandardCharsets.UTF_8);
    private static final ChunkDigest DIGEST = ChunkDigest.of(SECRET, SECRET.length);

    @TempDir
    Path work;
    private RealDestination destination;

    @BeforeEach
    void aContainerOfAlphasHasCome() throws Exception {
        destination = new RealDestination(work);
        Source alpha = destination.connect("alpha", "vault");
        assertThat(offer(alpha)).containsExactly(DIGEST);
        alpha.send(BatchKind.CHUNKS, new ChunkMessage(true, List.of(SECRET)).encode());
        alpha.await("synced");
        assertThat(alpha.rootfs().resolve("config")).hasBinaryContent(SECRET);
    }

    @AfterEach
    void close() {
        destination.close();
    }

    /** Offers a file of the secret content, and returns what the destination says that it lacks. */
    private static Set<ChunkDigest> offer(Source source) throws Exception {
        source.describe();
        Metadata metadata = new Metadata(0644, 0, 0, 0, 0, Metadata.NONE.xattrs());
        source.send(BatchKind.MANIFEST, ManifestCodec.encode(RootfsManifest.of(List.of(
                RootfsEntry.directory(TreePath.ROOT, metadata),
                RootfsEntry.file(new TreePath("config"), metadata, SECRET.length, List.of(DIGEST))))));
        return WantCodec.decode(source.wants.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void whatCameFromAnotherIsWantedAndNotUsed() throws Exception {
        Source mallory = destination.connect("mallory", "probe");
        assertThat(offer(mallory)).containsExactly(DIGEST);
        mallory.send(BatchKind.CHUNKS, new ChunkMessage(true, List.of()).encode());
        mallory.await("synced");
        assertThat(mallory.rootfs()).isEmptyDirectory();

        mallory.channel.send(BatchKind.IMAGE, 0, false, new byte[0], 0, 0);
        mallory.channel.send(BatchKind.END, 0, false, new byte[12], 0, 12);
        mallory.send(BatchKind.MANIFEST, new byte[]{'C', 'V', 'R', 1, 'D', 0, 0});
        mallory.send(BatchKind.CHUNKS, new ChunkMessage(true, List.of()).encode());
        assertThatThrownBy(() -> mallory.migration.channel().ended().toCompletableFuture().get(20, TimeUnit.SECONDS))
                .hasMessageContaining("is not in the store");
        assertThat(mallory.rootfs().resolve("config")).isEmptyFile();
    }

    @Test
    void theNameOfTheContainerMakesNoDifference() throws Exception {
        destination.forget("vault");
        assertThat(offer(destination.connect("mallory", "vault"))).containsExactly(DIGEST);
    }

    @Test
    void whatTheSameSourceSentBeforeIsNotSentAgain() throws Exception {
        assertThat(offer(destination.connect("alpha", "other"))).isEmpty();
    }

    @Test
    void chunksOfAStoreThatDidNotTellSourcesApartAreRemoved() throws Exception {
        String hex = DIGEST.hex();
        Path old = Files.createDirectories(work.resolve("chunks").resolve(hex.substring(0, 2)));
        Files.write(old.resolve(hex.substring(2)), SECRET);
        destination.close();
        destination = new RealDestination(work);
        assertThat(offer(destination.connect("mallory", "probe"))).containsExactly(DIGEST);
        try (Stream<Path> left = Files.walk(old)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
    }
}
