package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.bundle.Admission;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState;
import dev.caravan.event.Outcome;
import dev.caravan.journal.Journal;
import dev.caravan.migration.ContainerDescription;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Migrations;
import dev.caravan.network.InterfaceAddress;
import dev.caravan.network.NetworkDescription;
import dev.caravan.rootfs.RootfsBuilder;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A source that checks nothing and sends what it likes: its destination judges the bundle before it makes anything. */
class DestinationAdmissionAttackTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final NetworkDescription NETWORK = new NetworkDescription("eth0", "02:00:00:00:00:01", 1500,
            List.of(new InterfaceAddress("192.0.2.1", 24)), List.of());

    @TempDir
    Path directory;
    private Journal journal;
    private Platform platform;
    private ObjectNode config;

    @BeforeEach
    void open() throws Exception {
        journal = new Journal(directory.resolve("journal.db"));
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("state");
                    return new ContainerState("web", ContainerState.Status.ABSENT, 0, null);
                });
        platform = new Platform("beta", directory.resolve("containers"),
                Files.createDirectory(directory.resolve("run")), null, "/test", new Migrations(journal), runtime,
                null);
        try (var in = getClass().getResourceAsStream("/bundle/runc-spec.json")) {
            config = (ObjectNode) JSON.readTree(in);
        }
        ((ObjectNode) config.path("process")).put("terminal", false);
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private static DestinationMigration migration() {
        return new DestinationMigration(UUID.randomUUID(), "web", "alpha", "beta");
    }

    private void prepare(DestinationMigration migration, byte[] json, NetworkDescription network, Admission admission)
            throws IOException {
        migration.description(new ContainerDescription(System.getProperty("os.arch"), json, network, 1, 1));
        new DestinationStages(platform, null, null, new RootfsBuilder(), admission, null).prepare(migration);
    }

    private void refused(String error, Consumer<ObjectNode> attack, String... said) throws IOException {
        ObjectNode attacking = config.deepCopy();
        attack.accept(attacking);
        refused(error, JSON.writeValueAsBytes(attacking), null, said);
    }

    private void refused(String error, byte[] json, NetworkDescription network, String... said) {
        assertThatThrownBy(() -> prepare(migration(), json, network, Admission.DEFAULT))
                .isInstanceOfSatisfying(MigrationFailed.class, failed -> {
                    assertThat(failed.outcome()).isEqualTo(Outcome.REFUSED);
                    assertThat(failed.error()).isEqualTo(error);
                    assertThat(failed.getMessage()).contains("beta does not take web").contains(said)
                            .hasSizeLessThanOrEqualTo(1000);
                });
        assertThat(platform.bundle("web")).doesNotExist();
        assertThat(directory.resolve("run")).isEmptyDirectory();
    }

    @Test
    void whatCommandsTheDestinationIsRefusedWhilePreparing() throws IOException {
        refused("bundle", attack -> attack.withObjectProperty("hooks").putArray("createRuntime").addObject()
                .put("path", "/bin/touch"), "/hooks is {createRuntime}");
        refused("bundle", attack -> attack.withObjectProperty("Hooks").putArray("prestart").addObject()
                .put("path", "/bin/touch"), "/Hooks is {prestart}", "write it so");
        refused("bundle", attack -> attack.withObjectProperty("annotations").put("org.criu.config", "/x"),
                "/annotations/org.criu.config");
        refused("bundle", attack -> ((ObjectNode) attack.at("/linux/namespaces/0")).put("path", "/proc/1/ns/pid"),
                "/linux/namespaces/0/path");
        refused("bundle", attack -> attack.withObjectProperty("linux").putArray("namespaces").addObject()
                .put("type", "mount"), "without network", "without pid");
    }

    @Test
    void whatTheAdmissionPolicyDoesNotAllowIsRefusedWhilePreparing() throws IOException {
        refused("admission", attack -> attack.withArrayProperty("mounts").addObject().put("destination", "/host")
                .put("type", "proc").put("source", "/").putArray("options").add("rbind"),
                "/mounts/7/source is \"/\"", "\"hostPaths\" in caravan.admission");
        refused("admission", attack -> ((ObjectNode) attack.at("/process/capabilities")).putArray("bounding")
                .add("CAP_SYS_ADMIN"), "CAP_SYS_ADMIN", "\"capabilities\"");
    }

    @Test
    void whatCanBeReadInTwoWaysIsRefusedWhilePreparing() throws IOException {
        String json = JSON.writeValueAsString(config);
        refused("bundle", (json.substring(0, json.length() - 1) + ",\"root\":{\"path\":\"/\"}}")
                .getBytes(StandardCharsets.UTF_8), null, "Duplicate field 'root'");
        refused("bundle", (json + json).getBytes(StandardCharsets.UTF_8), null, "behind its end");
        refused("bundle", "{}".getBytes(StandardCharsets.UTF_8), null, "root.path is missing");
    }

    @Test
    void aNetworkThatTheConfigurationDoesNotHaveIsRefused() throws IOException {
        refused("bundle", JSON.writeValueAsBytes(config), NETWORK, "its network");
        refused("bundle", attack -> ((ObjectNode) attack.at("/linux/namespaces/1")).put("path", "/run/netns/x"),
                "its network");
    }

    @Test
    void theConfigurationIsWrittenAnewAndIsTheDestinationsOwn() throws IOException {
        Path data = Files.createDirectory(directory.resolve("data")).toRealPath();
        Path link = Files.createSymbolicLink(directory.resolve("link"), data);
        ObjectNode sent = config.deepCopy();
        ((ObjectNode) sent.path("root")).put("path", "/etc");
        sent.withObjectProperty("hooks").putArray("prestart");
        sent.withObjectProperty("linux").put("cgroupsPath", "/system.slice").putNull("seccomp");
        sent.withArrayProperty("mounts").addObject().put("destination", "/data").put("type", "bind")
                .put("source", link.toString()).putArray("options").add("bind");
        byte[] json = ("  " + JSON.writeValueAsString(sent)).getBytes(StandardCharsets.UTF_8);
        DestinationMigration migration = migration();
        platform.migrations().open(migration);
        prepare(migration, json, null, new Admission(
                List.of(new Admission.HostPath(data, false)), List.of(), List.of(), List.of(), List.of(), List.of()));
        try {
            JsonNode written = JSON.readTree(platform.bundle("web").resolve("config.json").toFile());
            ObjectNode expected = config.deepCopy();
            ((ObjectNode) expected.path("root")).put("path", "rootfs");
            expected.withObjectProperty("linux").put("cgroupsPath", "/test/web");
            expected.withArrayProperty("mounts").addObject().put("destination", "/data").put("type", "bind")
                    .put("source", data.toString()).putArray("options").add("bind");
            assertThat(written).isEqualTo(expected);
        } finally {
            migration.close();
        }
    }
}
