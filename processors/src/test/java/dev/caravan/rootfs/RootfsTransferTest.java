package dev.caravan.rootfs;

import static dev.caravan.machine.Machine.run;
import static dev.caravan.rootfs.SampleTree.describe;
import static dev.caravan.rootfs.SampleTree.random;
import static dev.caravan.rootfs.SampleTree.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.machine.Machine;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootfsTransferTest {
    /** Files that were just made look old to a clock that is ahead. */
    private final RootfsScanner scanner = new RootfsScanner(
            Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1)));

    @TempDir
    Path work;
    private Path source;
    private Path destination;
    private ChunkStore.SourceChunks store;
    private Transfer transfer;

    @BeforeEach
    void requireTools() throws IOException {
        Machine.require("mknod", "getfattr", "setfattr");
        source = work.resolve("source");
        destination = work.resolve("destination");
        store = ChunkStore.open(work.resolve("store"), 1 << 30).of(SampleTree.SOURCE);
        transfer = new Transfer(source, destination, store);
    }

    @Test
    void theCopyEqualsTheSource() throws IOException {
        SampleTree.make(source);
        RootfsScan scan = scanner.scan(source, Transfer.WANTED);
        transfer.prepare(scan.manifest());
        assertThat(describe(destination)).isEqualTo(describe(source));
        assertThat(scanner.scan(destination, Transfer.WANTED).manifest()).isEqualTo(scan.manifest());
        assertThat((Integer) Files.getAttribute(destination.resolve("hole"), "unix:nlink")).isEqualTo(1);
        assertThat(Long.parseLong(run("stat", "-c", "%b", destination.resolve("hole").toString()).strip()))
                .isLessThanOrEqualTo(8);
    }

    @Test
    void changesOfEveryKindArriveWithTheSecondScan() throws IOException {
        SampleTree.make(source);
        RootfsScan first = scanner.scan(source, Transfer.WANTED);
        transfer.prepare(first.manifest());
        changeEverything();
        RootfsScan second = scanner.rescan(source, first, Set.of(), Transfer.WANTED);
        transfer.complete(first.manifest(), second.manifest());
        assertThat(describe(destination)).isEqualTo(describe(source));
        assertThat(scanner.scan(source, Transfer.WANTED).manifest()).isEqualTo(second.manifest());
    }

    @Test
    void aScanThatNobodyWantsAnyMoreEndsInTheMiddleOfALargeFile() throws IOException {
        SampleTree.make(source);
        RootfsScan first = scanner.scan(source, Transfer.WANTED);
        write(source.resolve("large"), random(20 * ChunkDigest.CHUNK_BYTES, 10));
        AtomicInteger steps = new AtomicInteger();
        int files = first.manifest().size();
        Runnable unwantedSoonAfterTheLastName = () -> {
            if (steps.incrementAndGet() > files + 5) {
                throw new CancellationException("cancelled");
            }
        };
        assertThatThrownBy(() -> scanner.rescan(source, first, Set.of(), unwantedSoonAfterTheLastName))
                .isInstanceOf(CancellationException.class);
        assertThat(steps).hasValue(files + 6);
        assertThatThrownBy(() -> scanner.scan(source, () -> {
            throw new CancellationException("cancelled");
        })).isInstanceOf(CancellationException.class);
    }

    private void changeEverything() throws IOException {
        Files.delete(source.resolve("a-link-that-sorts-first"));
        write(source.resolve("usr/bin/ping"), random(5_001, 7));
        run("setfattr", "-x", "user.note", source.resolve("usr/bin/ping").toString());
        run("setfattr", "-n", "user.dir", "-v", "0x32", source.resolve("tmp").toString());
        Files.delete(source.resolve("bin"));
        Files.createDirectory(source.resolve("bin"));
        write(source.resolve("bin/new"), random(10, 8));
        run("rm", "-r", source.resolve("tmp").toString());
        Files.createSymbolicLink(source.resolve("tmp"), Path.of("bin"));
        Files.delete(source.resolve("fifo"));
        write(source.resolve("fifo"), random(10, 9));
        Files.delete(source.resolve("null"));
        run("mknod", source.resolve("null").toString(), "c", "1", "5");
        run("truncate", "-s", "1000000", source.resolve("sparse").toString());
        run("dd", "if=/dev/urandom", "of=" + source.resolve("hole"), "bs=4096", "count=3", "seek=700", "conv=notrunc");
        run("chmod", "0700", source.resolve("usr/bin/su").toString());
        Files.createDirectory(source.resolve("usr/share"));
        Files.createLink(source.resolve("0-first"), source.resolve("usr/bin/su"));
        run("chmod", "2750", source.toString());
    }

    @Test
    void onlyChunksThatChangedTravelTheSecondTime() throws IOException {
        Files.createDirectory(source);
        write(source.resolve("database"), random(5 * ChunkDigest.CHUNK_BYTES, 1));
        write(source.resolve("copy"), random(5 * ChunkDigest.CHUNK_BYTES, 1));
        RootfsScan first = scanner.scan(source, Transfer.WANTED);
        transfer.prepare(first.manifest());
        assertThat(transfer.chunkBytes()).isBetween(5L * ChunkDigest.CHUNK_BYTES, 5L * ChunkDigest.CHUNK_BYTES + 100);
        run("dd", "if=/dev/urandom", "of=" + source.resolve("database"), "bs=1", "count=3", "seek=3000000",
                "conv=notrunc");
        RootfsScan second = scanner.rescan(source, first, Set.of(), Transfer.WANTED);
        transfer.complete(first.manifest(), second.manifest());
        assertThat(transfer.chunkBytes()).isBetween(6L * ChunkDigest.CHUNK_BYTES, 6L * ChunkDigest.CHUNK_BYTES + 100);
        assertThat(describe(destination)).isEqualTo(describe(source));
    }

    @Test
    void whatChangesOrVanishesBetweenScanAndReadComesWithTheSecondScan() throws IOException {
        SampleTree.make(source);
        RootfsScan first = scanner.scan(source, Transfer.WANTED);
        write(source.resolve("usr/bin/su"), random(300_000, 77));
        write(source.resolve("usr/bin/ping"), random(300, 78));
        Files.delete(SampleTree.at(source, "tmp/caf\u00e9 latin-1"));
        transfer.prepare(first.manifest());
        assertThat(destination.resolve("usr/bin/su")).doesNotExist();
        RootfsScan second = scanner.rescan(source, first, Set.of(), Transfer.WANTED);
        transfer.complete(first.manifest(), second.manifest());
        assertThat(describe(destination)).isEqualTo(describe(source));
    }

    @Test
    void aFileThatIsMappedIsReadAgainHoweverOldItLooks() throws IOException {
        Files.createDirectory(source);
        write(source.resolve("mapped"), random(10, 1));
        RootfsScan first = scanner.scan(source, Transfer.WANTED);
        long inode = (Long) Files.getAttribute(source.resolve("mapped"), "unix:ino");
        RootfsScan.Known known = first.known(new TreePath("mapped"));
        assertThat(known.settled()).isTrue();
        RootfsScan again = scanner.rescan(source, first, Set.of(inode), Transfer.WANTED);
        assertThat(again.known(new TreePath("mapped"))).isNotSameAs(known);
        assertThat(scanner.rescan(source, first, Set.of(), Transfer.WANTED).known(new TreePath("mapped")))
                .isSameAs(known);
    }

    @Test
    void aFileThatWasJustWrittenIsReadAgain() throws IOException {
        Files.createDirectory(source);
        write(source.resolve("young"), random(10, 1));
        RootfsScan first = new RootfsScanner(
                Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-1))).scan(source, Transfer.WANTED);
        assertThat(first.known(new TreePath("young")).settled()).isFalse();
    }

    @Test
    void socketsAreLeftOutWithANote() throws IOException {
        Files.createDirectory(source);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(source.resolve("s")));
            RootfsScan scan = scanner.scan(source, Transfer.WANTED);
            assertThat(scan.manifest().size()).isEqualTo(1);
            assertThat(scan.notes()).containsExactly("/s: a socket is not copied");
        }
    }

    @Test
    void aDirectoryThatIsNotEmptyIsNotBuiltIn() throws IOException {
        SampleTree.make(source);
        Files.createDirectory(destination);
        Files.createFile(destination.resolve("x"));
        assertThatThrownBy(() -> transfer.prepare(scanner.scan(source, Transfer.WANTED).manifest()))
                .hasMessageContaining("not empty");
    }

    @Test
    void aTreeWithoutRoomIsRefused() throws IOException {
        RootfsEntry huge = RootfsEntry.file(new TreePath("huge"), Metadata.NONE,
                (long) RootfsManifest.MAX_CHUNKS * ChunkDigest.CHUNK_BYTES,
                java.util.Collections.nCopies(RootfsManifest.MAX_CHUNKS, new ChunkDigest(1, 2, 3, 4)));
        RootfsManifest manifest = RootfsManifest
                .of(Set.of(RootfsEntry.directory(TreePath.ROOT, Metadata.NONE), huge));
        assertThatThrownBy(() -> RootfsBuilder.requireRoom(manifest, work)).isInstanceOf(NoRoom.class)
                .hasMessageContaining("MiB are needed");
    }
}
