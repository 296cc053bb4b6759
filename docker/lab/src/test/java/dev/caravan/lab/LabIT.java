package dev.caravan.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.machine.Machine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real lab with real namespaces, TPMs and containers; only Caravan's own processes are stand-ins. */
class LabIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private Lab lab;

    @BeforeAll
    static void requireMachine() {
        Machine.require("ip", "nft", "runc", "swtpm", "swtpm_setup", "redis-server", "redis-cli", "nsenter", "setsid");
    }

    @BeforeEach
    void prepare() throws Exception {
        lab = new Lab(LabPlan.forTest("labit", directory.resolve("lab"), "10.94.7", StandIn.jar(directory)), step -> {
        });
        lab.down();
    }

    @AfterEach
    void removeEveryTrace() {
        lab.down();
        assertThat(lab.traces()).isEmpty();
        assertThat(directory.resolve("lab/home")).doesNotExist();
        assertThat(directory.resolve("lab/run")).doesNotExist();
    }

    @Test
    void hostsKeepImagesInMemoryOfLargePages() throws Exception {
        lab.up();

        for (String host : lab.plan().hosts()) {
            String options = Program.run("findmnt", "--noheadings", "--output", "FSTYPE,OPTIONS", "--mountpoint",
                    lab.plan().hostRun(host).toString());
            assertThat(options).startsWith("tmpfs").contains("nosuid", "nodev", "huge=within_size");
        }
    }

    @Test
    void comesUpWholeAndRunsAContainerThatOthersReach() throws Exception {
        lab.up();

        assertThat(lab.status().state()).isEqualTo(LabStatus.State.UP);
        assertThat(lab.status().processes()).extracting(LabStatus.Service::name).containsExactly("tpm-labit-alpha",
                "tpm-labit-beta", "broker", "authority", "agent-labit-alpha", "agent-labit-beta");
        assertThat(lab.status().processes()).allMatch(LabStatus.Service::ready);

        LabContainer redis = lab.run("labit-alpha", "store", null, List.of());
        assertThat(redis).extracting(LabContainer::status, LabContainer::address).containsExactly("running",
                "10.94.7.100");
        Awaitility.await().atMost(PATIENCE).until(() -> Program.attempt("redis-cli", "-h", redis.address(), "ping")
                .output().contains("PONG"));
        String answer = Program.run("nsenter", "--net=/run/netns/labit-labit-beta", "redis-cli", "-h",
                redis.address(), "incr", "seen");
        assertThat(answer).contains("1");
        assertThat(lab.status().containers()).containsExactly(redis);

        assertThatThrownBy(() -> lab.run("labit-beta", "store", null, List.of())).isInstanceOf(LabFailed.class)
                .hasMessageContaining("already, on labit-alpha");
        assertThat(lab.run("labit-beta", "other", null, List.of("sleep", "600")).address()).isEqualTo("10.94.7.101");
        lab.remove("other");
        assertThat(lab.status().containers()).containsExactly(redis);
    }

    @Test
    void runsACopyOfAnyBundleAndLeavesTheOriginalAsItWas() throws Exception {
        lab.up();
        Path bundle = Files.createDirectories(directory.resolve("bundle"));
        SampleRoot.make(bundle.resolve("tree/root"), List.of("sleep"));
        Program.run("runc", "spec", "--bundle", bundle.toString());
        Path config = bundle.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"path\": \"rootfs\"", "\"path\": \"tree/root\"")
                .replace("\"readonly\": true", "\"readonly\": false").replace("\"sh\"",
                        "\"sh\", \"-c\", \"echo started >/data/seen; exec sleep 600\""));
        String before = Files.readString(config);

        lab.run("labit-beta", "any", bundle, List.of());

        Path copy = lab.plan().bundle("labit-beta", "any");
        Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(copy.resolve("rootfs/data/seen")));
        assertThat(bundle.resolve("tree/root/data/seen")).doesNotExist();
        assertThat(config).hasContent(before);
        JsonNode adapted = new ObjectMapper().readTree(copy.resolve("config.json").toFile());
        assertThat(adapted.path("process").path("terminal").asBoolean()).isFalse();
        assertThat(adapted.path("linux").path("cgroupsPath").asText()).isEqualTo("/labit-labit-beta/any");
    }

    @Test
    void startsAgainWhatDiedAndKeepsTheContainers() {
        lab.up();
        LabContainer container = lab.run("labit-alpha", "kept", null, List.of("sleep", "600"));

        lab.kill("agent-labit-alpha");
        lab.kill("broker");
        assertThat(lab.status().state()).isEqualTo(LabStatus.State.DEGRADED);
        lab.up();

        assertThat(lab.status().state()).isEqualTo(LabStatus.State.UP);
        assertThat(lab.status().containers()).containsExactly(container);
    }

    @Test
    void aCutLinkSeparatesAHostsProgramsButNotItsContainersFromTheBridge() {
        lab.up();
        LabContainer redis = lab.run("labit-alpha", "store", null, List.of());

        lab.cutLink("labit-alpha");
        assertThat(exitOfConnecting()).as("in silence").isEqualTo(124);
        Awaitility.await().atMost(PATIENCE).until(() -> Program.attempt("redis-cli", "-h", redis.address(), "ping")
                .output().contains("PONG"));

        lab.mendLink("labit-alpha");
        lab.mendLink("labit-alpha");
        assertThat(exitOfConnecting()).as("refused: nothing listens there").isEqualTo(1);
    }

    private static int exitOfConnecting() {
        return Program.attempt("timeout", "1", "nsenter", "--net=/run/netns/labit-labit-alpha", "bash", "-c",
                "exec 3<>/dev/tcp/10.94.7.1/9").exit();
    }

    @Test
    void saysWhyAProcessDoesNotStartAndCleansUpAtTheNextUp() throws Exception {
        lab.up();
        lab.kill("agent-labit-beta");
        Path broken = Files.createFile(lab.plan().home().resolve("hosts/labit-beta").resolve(StandIn.BROKEN));
        assertThatThrownBy(() -> lab.start("agent-labit-beta")).isInstanceOf(LabFailed.class)
                .hasMessageContaining("agent-labit-beta ended before it was ready")
                .hasMessageContaining("broken on purpose");
        assertThat(lab.logs("agent-labit-beta", 50)).contains("broken on purpose");

        Files.delete(broken);
        Files.delete(lab.plan().run().resolve("complete"));
        assertThat(lab.status().state()).isEqualTo(LabStatus.State.PARTIAL);
        lab.up();
        assertThat(lab.status().state()).isEqualTo(LabStatus.State.UP);
    }

    @Test
    void takesDownAlsoWhatHasNoPidFileAndFrozenContainersAndMounts() throws Exception {
        lab.up();
        lab.run("labit-alpha", "frozen", null, List.of("sleep", "600"));
        Program.run("runc", "--root", lab.plan().runcRoot("labit-alpha").toString(), "pause", "frozen");
        Path precious = Files.createDirectories(directory.resolve("precious"));
        Files.writeString(precious.resolve("file"), "kept");
        Path inside = Files.createDirectories(lab.plan().hostRun("labit-beta").resolve("migrations/x"));
        Program.run("mount", "--bind", precious.toString(), inside.toString());
        try (Stream<Path> pidFiles = Files.list(lab.plan().run().resolve("pid"))) {
            pidFiles.forEach(file -> file.toFile().delete());
        }

        lab.down();

        assertThat(lab.traces()).isEmpty();
        assertThat(precious.resolve("file")).hasContent("kept");
        assertThat(lab.status().state()).isEqualTo(LabStatus.State.DOWN);
    }

    /** Runs as a program of its own, to be killed. */
    static final class Starter {
        private Starter() {
        }

        public static void main(String[] arguments) {
            new Lab(LabPlan.forTest("labit", Path.of(arguments[0]), "10.94.7", Path.of(arguments[1])), step -> {
            }).up();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 500, 800, 1200, 2000})
    void leavesNoTraceWhenWhatStartedItWasKilled(int millis) throws Exception {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process starter = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                classes, Starter.class.getName(), directory.resolve("lab").toString(),
                StandIn.jar(directory).toString()).start();
        starter.waitFor(millis, TimeUnit.MILLISECONDS);
        starter.destroyForcibly().waitFor();

        lab.down();

        assertThat(lab.traces()).isEmpty();
        assertThat(directory.resolve("lab/run.lock")).doesNotExist();
    }

    @Test
    void extendedPcrDiffersFromTheReferenceValues() throws Exception {
        lab.up();
        Path policy = lab.plan().home().resolve("hosts/labit-alpha/policy.json");
        String zeros = "0".repeat(64);
        assertThat(new ObjectMapper().readTree(policy.toFile()).path("pcrs").path("7").path(0).asText())
                .isEqualTo(zeros);

        lab.extendPcr("labit-beta", 7, HexFormat.of().parseHex("11".repeat(32)));
        lab.writePolicies();

        assertThat(new ObjectMapper().readTree(policy.toFile()).path("pcrs").path("7").path(0).asText())
                .hasSize(64).isNotEqualTo(zeros);
        assertThat(lab.status().state()).isEqualTo(LabStatus.State.UP);
    }

    @Test
    void keepsSecretsInFilesOfRootAlone() throws Exception {
        lab.up();
        Path home = lab.plan().home();
        assertThat(Files.getPosixFilePermissions(home)).containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ,
                PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);
        Properties agent = new Properties();
        try (var reader = Files.newBufferedReader(home.resolve("hosts/labit-alpha/agent.properties"))) {
            agent.load(reader);
        }
        Path password = Path.of(agent.getProperty("caravan.broker.password-file"));
        assertThat(Files.getPosixFilePermissions(password)).isEqualTo(
                Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
        assertThat(Files.readString(home.resolve("broker/users.properties")))
                .contains("agent-labit-alpha=" + Files.readString(password));
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> lab.run("labit-alpha", "x", null, List.of())).isInstanceOf(LabFailed.class)
                .hasMessageContaining("caravan lab up");
        lab.up();
        assertThatThrownBy(() -> lab.run("gamma", "x", null, List.of())).hasMessageContaining("labit-alpha");
        assertThatThrownBy(() -> lab.run("labit-alpha", "../x", null, List.of())).hasMessageContaining("letters");
        assertThatThrownBy(() -> lab.run("labit-alpha", "x", directory, List.of()))
                .hasMessageContaining("config.json");
        assertThatThrownBy(() -> lab.run("labit-alpha", "x", null, List.of("no-such-program")))
                .hasMessageContaining("no-such-program");
        assertThatThrownBy(() -> lab.logs("nonsense", 5)).hasMessageContaining("agent-labit-alpha");
        assertThat(lab.status().containers()).isEmpty();
        assertThat(lab.plan().bundle("labit-alpha", "x")).doesNotExist();
    }
}
