package dev.caravan.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.lab.Lab;
import dev.caravan.lab.LabPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One lab of its own for all integration tests of a JVM; it goes when the JVM does. */
final class TestLab {
    static final String ALPHA = "cvit-alpha";
    static final String BETA = "cvit-beta";

    private static final Path DIRECTORY = Path.of("/var/lib/caravan-it");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static TestLab instance;

    private final Lab lab;

    /** What a command of the command line did. */
    record Command(int exitCode, String output) {
        JsonNode json() {
            try {
                return JSON.readTree(output);
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + output, e);
            }
        }
    }

    private TestLab() throws IOException {
        Files.createDirectories(DIRECTORY);
        lab = new Lab(LabPlan.forTest("cvit", DIRECTORY, "10.97.0", Path.of(System.getProperty("caravan.jar"))),
                step -> {
                });
        Runtime.getRuntime().addShutdownHook(new Thread(lab::down));
        lab.down();
        lab.up();
    }

    /** The lab; up. Tests that cannot run here are skipped, but fail in CI. */
    static synchronized TestLab get() throws IOException {
        boolean possible = "root".equals(System.getProperty("user.name"))
                && Files.isExecutable(Path.of("/opt/caravan/bin/criu")) | Files.isExecutable(Path.of("/usr/sbin/criu"))
                && System.getProperty("caravan.jar") != null;
        if (!possible && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("the lab needs root, CRIU and the built jar: ./caravan setup");
        }
        assumeTrue(possible, "the lab needs root, CRIU and the built jar");
        if (instance == null) {
            instance = new TestLab();
        }
        return instance;
    }

    Lab lab() {
        return lab;
    }

    /** Runs a command of the command line as an operator of this lab. */
    Command caravan(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1", "-jar", System.getProperty("caravan.jar")));
        command.addAll(List.of(arguments));
        Path errors = Files.createTempFile("caravan-it", ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("CARAVAN_CONFIG", lab.plan().operatorConfiguration().toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", arguments) + " did not end: " + output);
        }
        String all = output + Files.readString(errors);
        Files.delete(errors);
        return new Command(process.exitValue(), process.exitValue() == 0 ? output : all);
    }

    /** Hosts on which a container of that name runs, by what their runtimes say; held copies are not running. */
    List<String> hostsOf(String container) {
        return lab.status().containers().stream()
                .filter(c -> c.name().equals(container) && c.status().equals("running")).map(c -> c.host()).toList();
    }

    /** All copies of a container, frozen ones included. */
    long copiesOf(String container) {
        return lab.status().containers().stream().filter(c -> c.name().equals(container)).count();
    }
}
