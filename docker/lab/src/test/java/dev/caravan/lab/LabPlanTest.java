package dev.caravan.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabPlanTest {
    @TempDir
    private Path directory;

    @Test
    void givesEachHostAnAddressAndNamesOfItsOwn() {
        LabPlan plan = LabPlan.standard();
        assertThat(plan.address("alpha")).isEqualTo("10.88.0.11");
        assertThat(plan.address("beta")).isEqualTo("10.88.0.12");
        assertThat(plan.namespace("beta")).isEqualTo("caravan-beta");
        assertThat(plan.cgroup("beta")).isEqualTo("/caravan-beta");
        assertThat(plan.operatorConfiguration())
                .isEqualTo(Path.of("/var/lib/caravan-lab/operator/operator.properties"));
        assertThatThrownBy(() -> plan.address("gamma")).hasMessageContaining("alpha and beta");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Lab", "lab-1", "elevenchars1", "../x", "a b"})
    void refusesANameThatCouldMeanSomethingElse(String name) {
        assertThatThrownBy(() -> LabPlan.forTest(name, directory, "10.1.2", directory))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("name");
    }

    @Test
    void givesEachAddressAHardwareAddress() {
        assertThat(LabNetwork.mac("10.88.0.100")).isEqualTo("02:00:0a:58:00:64");
    }

    @Test
    void showsTheEndOfALog() throws Exception {
        Path log = Files.write(directory.resolve("log"), Collections.nCopies(100_000, "a line of a log"));
        Files.writeString(log, "last\n", java.nio.file.StandardOpenOption.APPEND);
        assertThat(LogTail.of(log, 2)).isEqualTo("a line of a log\nlast");
        assertThat(LogTail.of(directory.resolve("none"), 2)).isEmpty();
    }

    @Test
    void knowsAProcessByItsStart() throws Exception {
        Process process = new ProcessBuilder("sleep", "60").start();
        ProcessIdentity identity = ProcessIdentity.of(process.pid()).orElseThrow();
        Path file = directory.resolve("pid");
        identity.write(file);
        assertThat(ProcessIdentity.read(file)).contains(identity);
        ProcessIdentity other = new ProcessIdentity(identity.pid(), identity.startTicks() - 1, identity.boot());
        assertThat(other.alive()).isFalse();
        other.signal(true);
        assertThat(identity.alive()).isTrue();
        identity.kill();
        assertThat(identity.alive()).isFalse();
        Files.writeString(file, "12");
        assertThat(ProcessIdentity.read(file)).isEmpty();
    }
}
