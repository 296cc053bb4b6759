package dev.caravan.rootfs;

import static dev.caravan.rootfs.SampleTree.random;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkStoreTest {
    @TempDir
    Path work;

    private static ChunkDigest put(ChunkStore.SourceChunks store, byte[] chunk) throws IOException {
        ChunkDigest digest = ChunkDigest.of(chunk, chunk.length);
        store.receive(new ChunkMessage(false, List.of(chunk)), new HashSet<>(Set.of(digest)));
        return digest;
    }

    private Path onlyChunk() throws IOException {
        try (Stream<Path> files = Files.walk(work)) {
            return files.filter(Files::isRegularFile).findAny().orElseThrow();
        }
    }

    @Test
    void chunksAreFoundAgainAfterReopening() throws IOException {
        byte[] chunk = random(1000, 1);
        ChunkDigest digest = put(ChunkStore.open(work, 10_000).of(SampleTree.SOURCE), chunk);
        ChunkStore whole = ChunkStore.open(work, 10_000);
        ChunkStore.SourceChunks store = whole.of(SampleTree.SOURCE);
        assertThat(store.missing(List.of(digest))).isEmpty();
        assertThat(store.read(digest)).hasValue(chunk);
        assertThat(whole.bytes()).isEqualTo(1000);
    }

    @Test
    void nobodyElseCanReadIt() throws IOException {
        put(ChunkStore.open(work, 10_000).of(SampleTree.SOURCE), random(10, 1));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(work))).isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(onlyChunk()))).isEqualTo("rw-------");
    }

    @Test
    void aDamagedChunkIsMissing() throws IOException {
        ChunkDigest digest = put(ChunkStore.open(work, 10_000).of(SampleTree.SOURCE), random(1000, 1));
        Files.write(onlyChunk(), random(1000, 2));
        ChunkStore whole = ChunkStore.open(work, 10_000);
        ChunkStore.SourceChunks store = whole.of(SampleTree.SOURCE);
        assertThat(store.missing(List.of(digest))).containsExactly(digest);
        assertThat(store.read(digest)).isEmpty();
        assertThat(whole.bytes()).isZero();
    }

    @Test
    void whatACrashLeftBehindIsRemoved() throws IOException {
        ChunkStore.open(work, 10_000);
        Files.write(work.resolve("incoming/7"), random(10, 1));
        Files.write(Files.createDirectories(work.resolve("ab")).resolve("torn"), random(10, 1));
        ChunkStore.open(work, 10_000);
        try (Stream<Path> files = Files.walk(work)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void theLongestUnusedChunksGoFirstAndLeasedOnesStay() throws IOException {
        ChunkStore whole = ChunkStore.open(work, 3000);
        ChunkStore.SourceChunks store = whole.of(SampleTree.SOURCE);
        ChunkDigest first = put(store, random(1000, 1));
        ChunkDigest second = put(store, random(1000, 2));
        ChunkDigest third = put(store, random(1000, 3));
        store.read(first);
        ChunkDigest fourth = put(store, random(1000, 4));
        assertThat(store.missing(List.of(first, second, third, fourth))).containsExactly(second);
        try (ChunkStore.Lease lease = store.lease(List.of(first, third, fourth))) {
            put(store, random(3000, 5));
            assertThat(store.missing(List.of(first, third, fourth))).isEmpty();
            assertThat(lease).isNotNull();
        }
        assertThat(whole.bytes()).isLessThanOrEqualTo(3000);
    }

    @Test
    void chunksThatNobodyAskedForAreIgnored() throws IOException {
        ChunkStore whole = ChunkStore.open(work, 3000);
        ChunkStore.SourceChunks store = whole.of(SampleTree.SOURCE);
        assertThat(store.receive(new ChunkMessage(true, List.of(random(10, 1))), new HashSet<>())).isZero();
        assertThat(whole.bytes()).isZero();
    }
}
