package dev.caravan.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.stream.Batch;
import dev.caravan.stream.BatchHeader;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.BatchSink;
import dev.caravan.stream.Direction;
import dev.caravan.stream.SessionPair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageStreamTest {

    private static final int PAGE = ImageFragment.PAGE;
    @TempDir
    Path directory;
    private Path source;
    private Path target;
    private ImageReceiver receiver;
    private final List<Batch> passed = new ArrayList<>();

    @BeforeEach
    void directories() throws IOException {
        source = ImageDirectory.create(directory, "source");
        target = ImageDirectory.create(directory, "target");
        receiver = new ImageReceiver(target, 64 << 20);
    }

    @Test
    void bringsEveryFileOver() throws Exception {
        write("pages-1.img", memory(700));
        write("pages-2.img", new byte[3 * PAGE]);
        write("core-1.img", new byte[]{1, 2, 3});
        write("descriptors.json", "[]".getBytes());
        write("seccomp.img", new byte[0]);
        write("ghost-file-1.img", Arrays.copyOf(SessionPair.incompressible(2 << 20), (2 << 20) + 77));
        ImageTotals sent = new ImageSender(source, 4, pass()).stream(() -> true);

        requireSameFiles();
        assertThat(receiver.complete().toCompletableFuture()).isCompletedWithValue(sent);
        assertThat(sent.files()).isEqualTo(6);
        assertThat(sent.pagesSent()).isEqualTo(350);
        assertThat(sent.pagesZero()).isEqualTo(353);
        assertThat(passed).allMatch(batch -> batch.header().round() == 4);
    }

    @Test
    void sendsNoZeroPages() throws Exception {
        byte[] sparse = new byte[4 << 20];
        sparse[2 << 20] = 1;
        write("pages-1.img", sparse);
        new ImageSender(source, 0, pass()).stream(() -> true);
        requireSameFiles();
        assertThat(passed.stream().mapToLong(Batch::length).sum()).isLessThan(4 * PAGE);
    }

    @Test
    void makesFilesThatOnlyTheOwnerReads() throws Exception {
        write("core-1.img", new byte[]{1});
        new ImageSender(source, 0, pass()).stream(() -> true);
        assertThat(Files.getPosixFilePermissions(target.resolve("core-1.img")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.getPosixFilePermissions(target)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 300, 2000})
    void putsMemoryIntoWhatWasSetAside(int pages) throws Exception {
        receiver.reserve((long) pages * PAGE);
        Object reserved = Files.getAttribute(target.resolve(".reserve"), "unix:ino");
        write("pages-1.img", memory(700));
        write("pages-2.img", memory(100));
        new ImageSender(source, 0, pass()).stream(() -> true);
        requireSameFiles();
        assertThat(Files.getAttribute(target.resolve("pages-1.img"), "unix:ino")).isEqualTo(reserved);
    }

    @Test
    void leavesNothingSetAsideWhenThereIsNoMemory() throws Exception {
        receiver.reserve(3 * PAGE);
        write("core-1.img", new byte[]{1});
        new ImageSender(source, 0, pass()).stream(() -> true);
        requireSameFiles();
    }

    /** The dump goes on only when what it wrote has arrived: so nothing waits for its end. */
    @Test
    void followsMemoryWhileItIsWritten() throws Exception {
        byte[] whole = memory(1300);
        CompletableFuture<Void> dump = new CompletableFuture<>();
        AtomicInteger written = new AtomicInteger();
        try (FileChannel pages = FileChannel.open(source.resolve("pages-7.img"), StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
            ImageTotals totals = new ImageSender(source, 0, pass()).stream(() -> {
                if (receiver.totals().bytes() == written.get() && written.get() < whole.length) {
                    int length = Math.min(whole.length - written.get(), 100 * PAGE);
                    append(pages, ByteBuffer.wrap(whole, written.getAndAdd(length), length));
                } else if (receiver.totals().bytes() == whole.length && !dump.isDone()) {
                    write("core-7.img", new byte[]{9});
                    dump.complete(null);
                }
                return dump.isDone();
            });
            assertThat(totals.bytes()).isEqualTo(whole.length + 1);
        }
        requireSameFiles();
    }

    @Test
    void sendsNoEndWhenTheDumpFailed() {
        assertThatThrownBy(() -> new ImageSender(source, 0, pass()).stream(() -> {
            throw new IllegalStateException("dump failed");
        })).hasMessage("dump failed");
        assertThat(passed).isEmpty();
    }

    @Test
    void sendsOnlyRegularFiles() throws Exception {
        Files.createSymbolicLink(source.resolve("parent"), directory);
        assertThatThrownBy(() -> new ImageSender(source, 0, pass()).stream(() -> true)).isInstanceOf(IOException.class)
                .hasMessageContaining("not an image file");
    }

    @Test
    void writesNoMoreThanItsLimit() throws Exception {
        receiver = new ImageReceiver(target, 10 * PAGE);
        write("pages-1.img", SessionPair.incompressible(11 * PAGE));
        assertThatThrownBy(() -> new ImageSender(source, 0, pass()).stream(() -> true)).isInstanceOf(IOException.class)
                .hasMessageContaining("exceed");
    }

    @Test
    void overwritesNothing() throws Exception {
        write("core-1.img", new byte[]{1});
        Path victim = Files.write(directory.resolve("victim"), new byte[]{7});
        Files.createSymbolicLink(target.resolve("core-1.img"), victim);
        assertThatThrownBy(() -> new ImageSender(source, 0, pass()).stream(() -> true)).isInstanceOf(IOException.class);
        assertThat(victim).hasBinaryContent(new byte[]{7});
    }

    @Test
    void refusesAFileThatComesAgainOrOutOfOrder() throws Exception {
        receiver.handle(image(fragments()));
        assertThatThrownBy(() -> receiver.handle(image(fragments()))).hasMessageContaining("came again");
        byte[] ahead = ImageFragmentTest.fragments();
        ahead[2 + "pages-".length()] = '9';
        ahead[2 + "pages-1.img".length() + 7] = 1;
        assertThatThrownBy(() -> receiver.handle(image(ahead))).hasMessageContaining("not sent in order");
    }

    @Test
    void refusesAnEndThatComesTooEarly() throws Exception {
        write("core-1.img", new byte[]{1});
        BatchSink losesImages = (kind, round, more, plain, offset, length) -> {
            if (kind == BatchKind.END) {
                receiver.handle(batch(kind, Arrays.copyOfRange(plain, offset, offset + length)));
            }
        };
        assertThatThrownBy(() -> new ImageSender(source, 0, losesImages).stream(() -> true))
                .hasMessageContaining("not all that was announced has come");
        assertThatThrownBy(() -> receiver.handle(batch(BatchKind.END, new byte[3]))).isInstanceOf(IOException.class);
        receiver.close();
        assertThat(receiver.complete().toCompletableFuture()).isCompletedExceptionally();
    }

    @Test
    void wipesADirectory() throws Exception {
        Path file = write("pages-1.img", memory(600));
        Path link = Files.createLink(directory.resolve("still-open"), file);
        Files.createFile(Files.createDirectory(source.resolve("a-directory")).resolve("in-it"));
        ImageDirectory.wipe(source);
        assertThat(source).doesNotExist();
        assertThat(link).hasSize(600 * PAGE).hasBinaryContent(new byte[600 * PAGE]);
        ImageDirectory.wipe(source);
    }

    private static byte[] fragments() {
        return ImageFragmentTest.fragments();
    }

    private static Batch image(byte[] content) {
        return batch(BatchKind.IMAGE, content);
    }

    private static Batch batch(BatchKind kind, byte[] content) {
        return new Batch(
                new BatchHeader(kind, Direction.TO_DESTINATION, false, SessionPair.MIGRATION, 0, 0, content.length),
                content);
    }

    /** Hands batches straight to the receiver. */
    private BatchSink pass() {
        return (kind, round, more, plain, offset, length) -> {
            Batch batch = new Batch(
                    new BatchHeader(kind, Direction.TO_DESTINATION, more, SessionPair.MIGRATION, passed.size(), round,
                            length),
                    Arrays.copyOfRange(plain, offset, offset + length));
            passed.add(batch);
            receiver.handle(batch);
        };
    }

    /** Pages of which every other one is all zeros. */
    private static byte[] memory(int pages) {
        byte[] memory = new byte[pages * PAGE];
        Random random = new Random(pages);
        for (int page = 0; page < pages; page += 2) {
            memory[page * PAGE + random.nextInt(PAGE)] = 1;
        }
        return memory;
    }

    private Path write(String name, byte[] content) {
        try {
            return Files.write(source.resolve(name), content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void append(FileChannel file, ByteBuffer bytes) {
        try {
            file.write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void requireSameFiles() throws IOException {
        TreeMap<String, byte[]> expected = read(source);
        TreeMap<String, byte[]> actual = read(target);
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        for (String name : expected.keySet()) {
            assertThat(Arrays.mismatch(actual.get(name), expected.get(name))).as(name).isEqualTo(-1);
        }
    }

    private static TreeMap<String, byte[]> read(Path from) throws IOException {
        TreeMap<String, byte[]> files = new TreeMap<>();
        try (var paths = Files.list(from)) {
            for (Path path : paths.toList()) {
                files.put(path.getFileName().toString(), Files.readAllBytes(path));
            }
        }
        return files;
    }
}
