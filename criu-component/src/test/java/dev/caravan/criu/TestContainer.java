package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** A real container with a bundle of its own, on a "host" of its own: state directory and cgroup. */
final class TestContainer {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final ObjectMapper JSON = new ObjectMapper();

    final String id;
    final Path host;
    final Path bundle;
    final RuncConfiguration configuration;
    final RuncRuntime runtime;

    /**
     * @param host
     *            a directory of its own
     * @param id
     *            the container's name
     */
    TestContainer(Path host, String id) throws IOException {
        this.host = host;
        this.id = id;
        this.bundle = host.resolve("bundle");
        this.configuration = RealHost.configuration(host.resolve("runc"));
        this.runtime = new RuncRuntime(configuration);
        for (String directory : List.of("proc", "dev", "sys", "tmp")) {
            Files.createDirectories(rootfs().resolve(directory));
        }
    }

    Path rootfs() {
        return bundle.resolve("rootfs");
    }

    /** Writes a plain configuration for a program that is in the root file system. */
    void configure(Consumer<ObjectNode> change, String... arguments) throws Exception {
        run("runc", "spec", "--bundle", bundle.toString());
        Path file = bundle.resolve("config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        ObjectNode process = (ObjectNode) config.path("process");
        process.put("terminal", false);
        ArrayNode command = process.putArray("args");
        List.of(arguments).forEach(command::add);
        ((ObjectNode) config.path("root")).put("readonly", false);
        ObjectNode linux = (ObjectNode) config.path("linux");
        linux.put("cgroupsPath", "/caravan-test/" + host.getParent().getFileName() + "-" + host.getFileName());
        List<String> kept = List.of("pid", "network", "ipc", "uts", "mount");
        ArrayNode namespaces = linux.putArray("namespaces");
        kept.forEach(type -> namespaces.addObject().put("type", type));
        change.accept(config);
        JSON.writeValue(file.toFile(), config);
    }

    void start() throws Exception {
        CommandOutcome outcome = new LocalExecutor().run(new Command(List.of("runc", "--root",
                configuration.root().toString(), "run", "--detach", "--bundle", bundle.toString(), id),
                java.util.Map.of(), PATIENCE, 0));
        assertThat(outcome.exit()).isZero();
    }

    /** Takes over another host's file system and configuration, as a migration does. */
    void inherit(TestContainer other) throws Exception {
        run("cp", "-a", other.rootfs().toString() + "/.", rootfs().toString());
        configure(config -> {
            try {
                ObjectNode theirs = (ObjectNode) JSON.readTree(other.bundle.resolve("config.json").toFile());
                String cgroup = config.path("linux").path("cgroupsPath").asText();
                config.setAll(theirs);
                ((ObjectNode) config.path("linux")).put("cgroupsPath", cgroup);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }, "unused");
    }

    CheckpointSpec checkpointSpec() {
        return CheckpointSpec.of(id, host.resolve("image"), host.resolve("work"));
    }

    RestoreSpec restoreSpec(TestContainer source) {
        return RestoreSpec.of(id, bundle, source.host.resolve("image"), host.resolve("work"), host.resolve("gate"));
    }

    CheckpointProcesses checkpoints() {
        return new CheckpointProcesses(configuration.root(), id);
    }

    String file(String name) {
        try {
            return Files.readString(rootfs().resolve(name));
        } catch (IOException e) {
            return "";
        }
    }

    /** What the workload wrote of this start: it differs from start to start. */
    String start(String progress) {
        return progress.split(" ")[0];
    }

    long count() {
        String[] words = file("progress").strip().split(" ");
        return words.length < 2 ? 0 : Long.parseLong(words[1]);
    }

    void awaitProgress() {
        long before = count();
        Awaitility.await().atMost(PATIENCE).until(() -> count() > before + 20);
        assertThat(rootfs().resolve("broken")).doesNotExist();
    }

    static String run(String... command) throws Exception {
        CommandOutcome outcome = new LocalExecutor().run(Command.of(PATIENCE, command));
        assertThat(outcome.exit()).as(String.join(" ", command) + ": " + outcome.errors()).isZero();
        return outcome.output();
    }

    /**
     * Removes containers and then their directory, which is never crossed into another file system: CRIU mounts the
     * machine's whole cgroup tree in its work directory, and a fault may leave it there.
     */
    static void clear(Path directory, TestContainer... containers) throws Exception {
        List<RuntimeException> failures = new ArrayList<>();
        for (TestContainer container : containers) {
            try {
                container.runtime.remove(container.id);
            } catch (RuntimeException e) {
                failures.add(e);
            }
        }
        List<Path> left = Mounts.below(directory);
        for (Path point : left) {
            run("umount", "--lazy", point.toString());
        }
        run("rm", "-rf", "--one-file-system", directory.toString());
        assertThat(failures).isEmpty();
        assertThat(left).as("mounts left behind").isEmpty();
    }
}
