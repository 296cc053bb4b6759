package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.criu.Requirement.Standing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentCheckTest {

    @TempDir
    Path root;

    private String criuVersion = "Version: 4.2.1\n";
    private String runcVersion = "runc version 1.1.5+ds1\ncommit: x\n";
    private CommandOutcome criuCheck = FakeExecutor.fine("Looks good.\n");
    private CommandOutcome features = FakeExecutor.fine("");

    @BeforeEach
    void fit() throws IOException {
        write("proc/self/status", "Name:\tx\nUid:\t0\t0\t0\t0\n");
        write("proc/sys/kernel/osrelease", "6.1.0-21-amd64\n");
        write("proc/sys/fs/pipe-max-size", "4194304\n");
        Files.createDirectories(root.resolve("sys/fs/cgroup/freezer"));
        for (String program : new String[]{"iptables-restore", "ip6tables-restore"}) {
            write("usr/sbin/" + program, "");
            assertThat(root.resolve("usr/sbin/" + program).toFile().setExecutable(true)).isTrue();
        }
    }

    private void write(String file, String content) throws IOException {
        Files.createDirectories(root.resolve(file).getParent());
        Files.writeString(root.resolve(file), content);
    }

    private EnvironmentReport report() {
        FakeExecutor executor = new FakeExecutor(command -> {
            assertThat(command.environment().get("PATH")).startsWith("/opt/criu:");
            if (command.program().equals("runc")) {
                if (runcVersion == null) {
                    throw new IOException("no such file");
                }
                return FakeExecutor.fine(runcVersion);
            }
            assertThat(command.arguments().get(0)).isEqualTo("/opt/criu/criu");
            return switch (command.arguments().get(1)) {
                case "--version" -> FakeExecutor.fine(criuVersion);
                default -> command.arguments().size() == 2 ? criuCheck : features;
            };
        });
        RuncConfiguration programs = new RuncConfiguration(Path.of("runc"), Path.of("/run/x"),
                Path.of("/opt/criu/criu"));
        return new EnvironmentCheck(programs, executor, root).run();
    }

    @Test
    void settingsOfTheKernelAreReadWhole() throws Exception {
        String size = new LocalExecutor().run(Command.of(Duration.ofSeconds(10), "cat", "/proc/sys/fs/pipe-max-size"))
                .output().strip();
        FakeExecutor nothing = new FakeExecutor(command -> FakeExecutor.fine(""));
        RuncConfiguration programs = new RuncConfiguration(Path.of("runc"), Path.of("/run/x"), Path.of("criu"));
        assertThat(new EnvironmentCheck(programs, nothing, Path.of("/")).run().requirements())
                .filteredOn(need -> need.name().equals("fs.pipe-max-size")).singleElement()
                .returns(size, Requirement::found);
    }

    private Map<String, Standing> standings() {
        return report().requirements().stream().filter(need -> need.standing() != Standing.OK)
                .collect(Collectors.toMap(Requirement::name, Requirement::standing));
    }

    @Test
    void aFitMachineIsOkInEveryLine() {
        assertThat(report().fit()).isTrue();
        assertThat(report().lines()).allMatch(line -> line.startsWith("ok ")).hasSize(10);
        assertThat(report().shortfall()).isEqualTo("nothing");
    }

    @Test
    void cgroupVersionTwoWillDo() throws Exception {
        Files.delete(root.resolve("sys/fs/cgroup/freezer"));
        assertThat(standings()).containsOnly(Map.entry("cgroup", Standing.MISSING));
        write("sys/fs/cgroup/cgroup.controllers", "cpu memory");
        assertThat(standings()).isEmpty();
    }

    @Test
    void anOldCriuIsNotEnough() {
        criuVersion = "Version: 4.1.1\n";
        assertThat(standings()).containsOnly(Map.entry("criu", Standing.MISSING));
        assertThat(report().shortfall()).contains("4.1.1").contains("install CRIU 4.2 or later");
        criuVersion = "Version: 10.0\n";
        assertThat(standings()).isEmpty();
    }

    @Test
    void anUnreadableVersionIsNotEnough() {
        criuVersion = "Version: 99999999999999999999.9\n";
        assertThat(standings()).containsKey("criu");
        criuVersion = "";
        assertThat(standings()).containsKey("criu");
    }

    @Test
    void runcMustBeThere() {
        runcVersion = null;
        assertThat(standings()).containsOnly(Map.entry("runc", Standing.MISSING));
    }

    @Test
    void anOldKernelAndAnotherUserAreNotEnough() throws Exception {
        write("proc/sys/kernel/osrelease", "5.4.0\n");
        write("proc/self/status", "Uid:\t1000\t1000\t1000\t1000\n");
        assertThat(standings()).containsOnlyKeys("kernel", "user");
    }

    @Test
    void whatCriuFindsWrongIsQuoted() {
        criuCheck = FakeExecutor.failed("Error (criu/cr-check.c:7): no kcmp\n");
        assertThat(report().shortfall()).contains("no kcmp");
    }

    @Test
    void someThingsOnlyLimit() throws Exception {
        write("proc/sys/fs/pipe-max-size", "1048576\n");
        features = FakeExecutor.failed("");
        assertThat(standings()).containsOnly(Map.entry("fs.pipe-max-size", Standing.LIMITED),
                Map.entry("soft-dirty", Standing.LIMITED), Map.entry("userfaultfd", Standing.LIMITED));
        assertThat(report().fit()).isTrue();
        assertThat(report().lines()).anyMatch(line -> line.contains("sysctl -w fs.pipe-max-size=4194304"));
    }
}
