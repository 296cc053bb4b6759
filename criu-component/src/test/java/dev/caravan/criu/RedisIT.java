package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.criu.HeldRestore.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A Redis with 256 MiB of data, whose bundle has an annotation for CRIU already; reports how long each step takes. */
@ExtendWith(RealHost.class)
class RedisIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int KEYS = 230_000;

    @TempDir(cleanup = CleanupMode.NEVER)
    Path directory;

    /** Images go to memory where there is such a place. */
    private Path images;
    private TestContainer source;
    private TestContainer destination;

    @BeforeEach
    void start() throws Exception {
        Path memory = Path.of("/dev/shm");
        images = Files.createTempDirectory(Files.isWritable(memory) ? memory : directory, "criu-it-");
        source = new TestContainer(Files.createDirectory(directory.resolve("alpha")), "redis");
        destination = new TestContainer(Files.createDirectory(directory.resolve("beta")), "redis");
        install("/usr/bin/redis-server");
        Path annotated = Files.writeString(directory.resolve("own.conf"), "# the bundle's own\nghost-limit 2M\n");
        source.configure(config -> {
            config.putObject("annotations").put("org.criu.config", annotated.toString());
            ((ObjectNode) config.path("process")).put("cwd", "/tmp");
        }, "/usr/bin/redis-server", "--port", "0", "--unixsocket", "/tmp/redis.sock", "--save", "",
                "--enable-debug-command", "yes");
        source.start();
        Awaitility.await().atMost(SOON).until(() -> redis(source, "ping").equals("PONG"));
        redis(source, "debug", "populate", String.valueOf(KEYS), "key", "1000");
        redis(source, "incr", "counter");
    }

    @AfterEach
    void clear() throws Exception {
        TestContainer.run("rm", "-rf", "--one-file-system", images.toString());
        TestContainer.clear(directory, source, destination);
    }

    private void install(String program) throws Exception {
        TestContainer.run("cp", "-L", "--parents", program, source.rootfs().toString());
        Matcher library = Pattern.compile("/\\S+").matcher(TestContainer.run("ldd", program));
        while (library.find()) {
            TestContainer.run("cp", "-L", "--parents", library.group(), source.rootfs().toString());
        }
    }

    private static String redis(TestContainer where, String... command) throws Exception {
        List<String> call = new ArrayList<>(
                List.of("redis-cli", "-s", where.rootfs().resolve("tmp/redis.sock").toString()));
        call.addAll(List.of(command));
        return new LocalExecutor().run(Command.of(SOON, call.toArray(String[]::new))).output().strip();
    }

    private static void timed(Map<String, String> report, String step, Runnable action) {
        long start = System.nanoTime();
        action.run();
        report.put(step, Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms");
    }

    @Test
    void theDataMovesWithTheProcess() throws Exception {
        String run = redis(source, "info", "server").lines().filter(line -> line.startsWith("run_id")).findFirst()
                .orElseThrow();
        new CommitGate(destination.host.resolve("gate")).install();
        CheckpointSpec checkpoint = CheckpointSpec.of(source.id, images, source.host.resolve("work"))
                .withNetworkLock(NetworkLock.SKIP);
        RestoreSpec restore = RestoreSpec.of(destination.id, destination.bundle, images,
                destination.host.resolve("work"), destination.host.resolve("gate"));
        Map<String, String> millis = new LinkedHashMap<>();
        HeldRestore[] held = new HeldRestore[1];

        timed(millis, "pause", () -> source.runtime.pause(source.id));
        timed(millis, "checkpoint", () -> source.runtime.checkpoint(checkpoint));
        destination.inherit(source);
        timed(millis, "restore to the gate", () -> held[0] = destination.runtime.restore(restore));
        timed(millis, "remove at the source", () -> source.runtime.remove(source.id));
        timed(millis, "open until running", () -> {
            held[0].gate().open();
            assertThat(held[0].awaitOutcome(SOON)).isEqualTo(Outcome.RUNNING);
        });
        System.out.println("Redis with 256 MiB: " + millis);

        assertThat(redis(destination, "dbsize")).isEqualTo(String.valueOf(KEYS + 1));
        assertThat(redis(destination, "incr", "counter")).isEqualTo("2");
        assertThat(redis(destination, "info", "server")).contains(run);
        Awaitility.await().atMost(SOON).until(() -> held[0].gate().exit().isPresent());
    }
}
