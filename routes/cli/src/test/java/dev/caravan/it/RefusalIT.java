package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.lab.LabContainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Migrations that begin and cannot end well: they are undone, and the container runs on at the source. */
@ExtendWith(RealLab.class)
@Timeout(180)
class RefusalIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String NAME = "stays";

    private final TestLab lab;

    RefusalIT(TestLab lab) {
        this.lab = lab;
    }

    @AfterEach
    void clear() {
        lab.clear();
    }

    @Test
    void destinationWithoutRoomInMemory() throws Exception {
        lab.run(ALPHA, NAME, null);
        String tmpfs = lab.tmpfs(BETA).toString();
        CommandResult.run("mount", "-o", "remount,size=1m", tmpfs);
        CommandResult result;
        try {
            result = lab.migrate(NAME, BETA);
        } finally {
            CommandResult.run("mount", "-o", "remount,size=50%", tmpfs);
        }
        assertRolledBack(result, "no-room", "it-beta has", "MiB free", "memory of " + NAME);
    }

    @Test
    void destinationThatHasAContainerOfThatName() throws Exception {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        Path taken = Files.createDirectories(lab.bundle(BETA, NAME));
        Path precious = Files.writeString(taken.resolve("precious"), "kept");
        CommandResult result = lab.migrate(NAME, BETA);
        try {
            Awaitility.await().atMost(PATIENCE).until(() -> lab.journal(result.json().path("migrationId").asText())
                    .stream().allMatch("rolled-back"::equals));
            assertThat(precious).as("what was there before").hasContent("kept");
        } finally {
            Files.deleteIfExists(precious);
            Files.deleteIfExists(taken);
        }
        assertRolledBack(result, "name-taken", "it-beta has a container named " + NAME + " already");
    }

    @Test
    void destinationThatCannotKeepTheFilesSaysWhy() throws Exception {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        Files.writeString(lab.rootfs(ALPHA, NAME).resolve("new"), "content that beta does not have: " + Math.random());
        String chunks = lab.bundle(BETA, NAME).resolveSibling("../chunks").normalize().toString();
        CommandResult.run("mount", "-t", "tmpfs", "-o", "ro", "read-only", chunks);
        CommandResult result;
        try {
            result = lab.migrate(NAME, BETA);
        } finally {
            CommandResult.run("umount", chunks);
        }
        assertRolledBack(result, "failed", "Read-only file system");
    }

    @ParameterizedTest
    @CsvSource({"io_uring,io_uring", "traced,trace"})
    void containerThatCriuCannotDump(String kind, String said) throws Exception {
        CommandResult result = migrateCulprit(kind);

        assertRolledBack(result, "runtime", said);
        assertThat(result.json().path("downtimeMillis").isNumber()).isTrue();
    }

    @Test
    void containerWithAStoppedProcessIsNeitherSentNorFrozen() throws Exception {
        CommandResult result = migrateCulprit("stopped");

        assertRolledBack(result, "runtime", "(culprit) is stopped", "kill -CONT");
        assertThat(result.json().path("sentBytes").asLong()).isZero();
        assertThat(result.json().path("downtimeMillis").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"net,network", "ipc,ipc"})
    void containerThatSharesANamespaceIsNeitherSentNorCutOff(String kind, String said) throws Exception {
        LabContainer container = lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        Process sharer = new ProcessBuilder("nsenter", "--" + kind, "--target", Long.toString(container.pid()), "sleep",
                "600").start();
        CommandResult result;
        try {
            result = lab.migrate(NAME, BETA);
        } finally {
            sharer.destroyForcibly().waitFor();
        }
        assertRolledBack(result, "shared",
                "its " + said + " namespace with process " + sharer.pid() + " (sleep) in cgroup /");
        assertThat(result.json().path("sentBytes").asLong()).isZero();
        assertThat(result.json().path("downtimeMillis").isNull()).isTrue();
    }

    @Test
    void whatTheHostHasMountedBelowTheRootIsNeitherSentNorDeleted(@TempDir Path precious) throws Exception {
        Files.writeString(precious.resolve("numbers"), "1 2 3");
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        Path point = Files.createDirectories(lab.rootfs(ALPHA, NAME).resolve("mnt"));
        CommandResult.run("mount", "--bind", precious.toString(), point.toString());
        CommandResult result;
        try {
            result = lab.migrate(NAME, BETA);
        } finally {
            CommandResult.run("umount", point.toString());
        }
        assertRolledBack(result, "mounted-below", "it-alpha has something mounted at " + point);
        assertThat(precious.resolve("numbers")).hasContent("1 2 3");
    }

    @Test
    void whatTheHostHasMountedInABundleStaysAndTheMigrationCompletes(@TempDir Path precious) throws Exception {
        Files.writeString(precious.resolve("numbers"), "1 2 3");
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        Path point = Files.createDirectories(lab.bundle(ALPHA, NAME).resolve("backup"));
        CommandResult.run("mount", "--bind", precious.toString(), point.toString());
        CommandResult result;
        try {
            result = lab.migrate(NAME, BETA);
        } finally {
            CommandResult.run("umount", point.toString());
            CommandResult.run("rm", "-rf", lab.bundle(ALPHA, NAME).toString());
        }
        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.json().path("outcome").asText()).isEqualTo("completed");
        assertThat(result.json().path("reason").asText()).contains(lab.bundle(ALPHA, NAME).toString(),
                "cannot be deleted", "mounted");
        assertThat(precious.resolve("numbers")).hasContent("1 2 3");
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> lab.assertOnlyAt(BETA, NAME));
    }

    private CommandResult migrateCulprit(String kind) throws Exception {
        Path program = lab.compile("culprit");
        lab.run(ALPHA, NAME, null, program.toString(), kind);
        Path ready = lab.rootfs(ALPHA, NAME).resolve("ready");
        Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(ready));
        return lab.migrate(NAME, BETA);
    }

    @Test
    void destinationWhosePcrChangedGetsNotAByte() throws Exception {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
        byte[] digest = new byte[32];
        digest[0] = 1;
        lab.lab().extendPcr(BETA, 7, digest);
        try {
            CommandResult result = lab.migrate(NAME, BETA);

            assertThat(result.exitCode()).as(result.toString()).isEqualTo(3);
            JsonNode report = result.json();
            assertThat(report.path("outcome").asText()).isEqualTo("refused");
            assertThat(report.path("reason").asText()).contains("it-beta", "PCR 7");
            assertThat(report.path("sentBytes").asLong()).isZero();
            assertThat(report.path("batches").asLong()).isZero();
            assertThat(report.path("downtimeMillis").isNull()).isTrue();
            assertThat(report.at("/attestation/destination/verdict").asText()).isEqualTo("contraindicated");
            assertThat(report.at("/attestation/destination/reasons").toString()).contains("PCR 7");
            assertOnlyAtSource();
            CommandResult attest = lab.caravan("attest", BETA);
            assertThat(attest.exitCode()).isEqualTo(3);
            assertThat(attest.output()).contains("contraindicated", "PCR 7");
        } finally {
            acceptWhatIsMeasuredNow();
        }
        assertThat(lab.migrate(NAME, BETA).exitCode()).isZero();
    }

    private void acceptWhatIsMeasuredNow() {
        List<String> agents = List.of("agent-" + ALPHA, "agent-" + BETA);
        agents.forEach(lab.lab()::kill);
        lab.lab().writePolicies();
        agents.forEach(lab.lab()::start);
    }

    private void assertRolledBack(CommandResult result, String error, String... said) throws Exception {
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
        assertThat(result.json().path("outcome").asText()).isEqualTo("rolled-back");
        assertThat(result.json().path("error").asText()).isEqualTo(error);
        assertThat(result.json().path("reason").asText()).contains(said);
        assertOnlyAtSource();
    }

    /** The destination undoes its part on its own, maybe a moment after the report. */
    private void assertOnlyAtSource() {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> lab.assertOnlyAt(ALPHA, NAME));
    }
}
