package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.criu.ContainerState.Status;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What CRIU cannot dump is told in one sentence, and the container goes on as before. */
@ExtendWith(RealHost.class)
class UndumpableIT {

    @TempDir
    static Path programs;

    @TempDir(cleanup = CleanupMode.NEVER)
    Path directory;

    private TestContainer container;

    @BeforeEach
    void prepare() throws Exception {
        container = new TestContainer(Files.createDirectory(directory.resolve("alpha")), "box");
        Files.copy(RealHost.compile("culprit", programs), container.rootfs().resolve("culprit"));
    }

    @AfterEach
    void clear() throws Exception {
        TestContainer.clear(directory, container);
    }

    private void start(String kind, Consumer<ObjectNode> change) throws Exception {
        container.configure(config -> {
            ObjectNode capabilities = (ObjectNode) config.path("process").path("capabilities");
            for (String set : List.of("bounding", "effective", "permitted")) {
                ArrayNode list = capabilities.putArray(set);
                List.of("CAP_SYS_ADMIN", "CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE").forEach(list::add);
            }
            change.accept(config);
        }, "/culprit", kind);
        container.start();
        Awaitility.await().atMost(TestContainer.PATIENCE)
                .until(() -> Files.exists(container.rootfs().resolve("ready")));
    }

    private void expect(CheckpointSpec spec, String sentence) {
        container.runtime.pause(container.id);
        assertThatThrownBy(() -> container.runtime.checkpoint(spec)).isInstanceOfSatisfying(CannotCheckpoint.class,
                fault -> {
                    assertThat(fault.cause()).contains(sentence);
                    assertThat(fault.log().path()).exists();
                    assertThat(fault.log().tail()).isNotBlank();
                });
        assertThat(container.runtime.state(container.id).status()).isEqualTo(Status.PAUSED);
        container.runtime.resume(container.id);
        assertThat(container.runtime.state(container.id).status()).isEqualTo(Status.RUNNING);
    }

    @ParameterizedTest
    @CsvSource({"io_uring,uses io_uring", "perf,file of kind perf_event open", "bpf,file of kind bpf-map open",
            "linked-deleted,open file /one was deleted while another name", "traced,process culprit is being traced",
            "pid-namespace,made a pid namespace of its own", "detached-mount,file /file open",
            "mounted,mounted at ./mnt"})
    void theContainerIsLeftWhole(String kind, String sentence) throws Exception {
        start(kind, config -> {
        });
        expect(container.checkpointSpec(), sentence);
    }

    @Test
    void aStoppedProcessIsFoundBeforeTheFreeze() throws Exception {
        start("stopped", config -> {
        });
        assertThatThrownBy(() -> container.runtime.examine(container.id)).isInstanceOf(CannotCheckpoint.class)
                .hasMessageMatching(".*Process \\d+ \\(culprit\\) is stopped, by a signal.*kill -CONT \\d+.*");
        assertThat(container.runtime.state(container.id).status()).isEqualTo(Status.RUNNING);
    }

    @Test
    void aDumpThatHangsIsEndedAndTheContainerRuns() throws Exception {
        start("stopped", config -> {
        });
        container.runtime.pause(container.id);
        CompletableFuture<Void> dump = CompletableFuture
                .runAsync(() -> container.runtime.checkpoint(container.checkpointSpec()));
        Awaitility.await().atMost(TestContainer.PATIENCE).until(() -> container.checkpoints().running().size() > 1);
        container.runtime.resume(container.id);
        assertThat(container.runtime.state(container.id).status()).isEqualTo(Status.RUNNING);
        assertThatThrownBy(dump::join).hasCauseInstanceOf(CannotCheckpoint.class);
        assertThat(container.checkpoints().running()).isEmpty();
    }

    @Test
    void aDevice() throws Exception {
        start("device", config -> {
            ObjectNode linux = (ObjectNode) config.path("linux");
            linux.putArray("devices").addObject().put("path", "/dev/culprit").put("type", "c").put("major", 10)
                    .put("minor", 229).put("fileMode", 438);
            ((ObjectNode) linux.path("resources")).putArray("devices").addObject().put("allow", true).put("access",
                    "rwm");
        });
        expect(container.checkpointSpec(), "device chr 10:229 open");
    }

    @Test
    void aSocketToTheOutside() throws Exception {
        Path outside = Files.createDirectory(directory.resolve("out"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(outside.resolve("socket")));
            start("unix", config -> ((ArrayNode) config.path("mounts")).addObject().put("destination", "/outside")
                    .put("type", "bind").put("source", outside.toString()).putArray("options").add("bind").add("rw"));
            expect(container.checkpointSpec(), "Unix socket to something outside");
        }
    }

    @Test
    void aDeletedFileBeyondTheLimit() throws Exception {
        start("ghost", config -> {
        });
        expect(container.checkpointSpec().withGhostLimit(1 << 20), "/big (3145728 bytes) is larger than the limit");
    }

    @Test
    void tooLittleSpace() throws Exception {
        start("nothing", config -> {
        });
        Path tiny = Files.createDirectory(directory.resolve("tiny"));
        TestContainer.run("mount", "-t", "tmpfs", "-o", "size=64k", "none", tiny.toString());
        try {
            expect(CheckpointSpec.of(container.id, tiny.resolve("image"), directory.resolve("work")),
                    "No space is left");
        } finally {
            TestContainer.run("umount", tiny.toString());
        }
    }
}
