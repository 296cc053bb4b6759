package dev.caravan.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.broker.BrokerClient;
import dev.caravan.lab.Lab;
import dev.caravan.lab.LabContainer;
import dev.caravan.lab.LabPlan;
import dev.caravan.lab.LabStatus;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;

/** A lab of the tests' own, beside any that a developer has; everything in it is found by name. */
final class TestLab implements AutoCloseable {
    static final String ALPHA = "it-alpha";
    static final String BETA = "it-beta";

    private static final int COMMAND_SECONDS = 120;

    private final Path directory;
    private final Lab lab;
    private final Thread atExit = new Thread(this::remove, "take the tests' lab down");

    private TestLab(Path directory) {
        this.directory = directory;
        this.lab = new Lab(LabPlan.forTest("it", directory, "10.95.31", jar()).withConsole(console()), step -> {
        });
    }

    /** Caravan's jar, as the build made it. */
    static Path jar() {
        return Path.of(System.getProperty("caravan.jar", "target/caravan.jar")).toAbsolutePath();
    }

    private static Path console() {
        return Path.of("../../broker-config/console/target/caravan-console.jar").toAbsolutePath().normalize();
    }

    /** Starts it; whatever a killed run of the tests left is removed first. */
    static TestLab start() {
        TestLab lab = new TestLab(Path.of(System.getProperty("java.io.tmpdir"), "caravan-it"));
        Runtime.getRuntime().addShutdownHook(lab.atExit);
        lab.remove();
        lab.lab.up();
        return lab;
    }

    private void remove() {
        lab.down();
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        remove();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    /** The lab itself. */
    Lab lab() {
        return lab;
    }

    /** Starts a container; with no bundle and no command it is a Redis. */
    LabContainer run(String host, String name, Path bundle, String... command) {
        return lab.run(host, name, bundle, List.of(command));
    }

    /** Runs a command of the command line as this lab's operator. */
    CommandResult caravan(String... arguments) {
        return CommandResult.of(COMMAND_SECONDS, command(arguments));
    }

    private List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", jar().toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--config", lab.plan().operatorConfiguration().toString()));
        return command;
    }

    /** Runs the agent of a host with some settings changed, until it ends by itself. */
    CommandResult agent(String host, Map<String, String> changes) {
        Properties settings = properties(lab.plan().home().resolve("hosts").resolve(host).resolve("agent.properties"));
        settings.putAll(changes);
        Path file = directory.resolve("home").resolve("changed.properties");
        try (Writer writer = Files.newBufferedWriter(file)) {
            settings.store(writer, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return CommandResult.of(COMMAND_SECONDS, List.of("nsenter", "--net=/run/netns/" + namespace(host),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-jar",
                jar().toString(), "agent", "--config", file.toString()));
    }

    /** The network namespace that is a host. */
    String namespace(String host) {
        return lab.plan().name() + "-" + host;
    }

    /** A host's journal. */
    Path journalFile(String host) {
        return setting(host, "caravan.home").resolve("journal.db");
    }

    /** Asks for a migration by the command line and waits for its end. */
    CommandResult migrate(String container, String destination) {
        return caravan("migrate", container, "--to", destination, "--json");
    }

    /** The stages that the journals of the hosts hold of a migration, one a host. */
    List<String> journal(String migration) {
        CommandResult status = caravan("status", migration, "--json");
        assertThat(status.exitCode()).as(status.toString()).isZero();
        return status.json().findValuesAsText("stage");
    }

    /** Every copy of a container, as {@code HOST STATUS}, by the runtimes of the hosts. */
    List<String> copies(String container) {
        return lab.status().containers().stream().filter(found -> found.name().equals(container))
                .map(found -> found.host() + " " + found.status()).toList();
    }

    /** Requires that a container runs at one host, and that no other host has anything of it. */
    void assertOnlyAt(String host, String container) throws IOException {
        assertThat(copies(container)).containsExactly(host + " running");
        for (String other : lab.plan().hosts()) {
            assertThat(runcRoot(other).resolve(container).toFile().exists()).as("state at " + other)
                    .isEqualTo(other.equals(host));
            assertThat(bundle(other, container).toFile().exists()).as("files at " + other).isEqualTo(
                    other.equals(host));
            assertThat(images(other)).as("images at " + other).isEmpty();
            assertThat(new MigrationPrograms(migrations(other)).all()).as("programs at " + other).isEmpty();
            assertThat(mountsBelow(migrations(other))).as("mounts at " + other).isEmpty();
            assertThat(Path.of("/run/netns", other + "-" + container).toFile().exists()).as("network at " + other)
                    .isEqualTo(other.equals(host));
        }
    }

    private static List<String> mountsBelow(Path directory) throws IOException {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return mounts.filter(mount -> mount.contains(" " + directory + "/")).toList();
        }
    }

    /** Ends a host's copy of a container as a restart of the host's machine would: its processes and its runtime's state. */
    void loseContainer(String host, String container) {
        CommandResult.run("runc", "--root", runcRoot(host).toString(), "delete", "--force", container);
        assertThat(runcRoot(host).resolve(container)).doesNotExist();
    }

    /** What a host holds of the memory of containers for migrations, and all else that goes with them but logs. */
    List<Path> images(String host) throws IOException {
        Path migrations = migrations(host);
        if (!Files.isDirectory(migrations)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(migrations)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getParent().getFileName().toString().equals("logs")).toList();
        }
    }

    /** What a host has of a migration on its tmpfs. */
    Path migration(String host, UUID id) {
        return migrations(host).resolve(id.toString());
    }

    /** Where a host keeps what migrations have on its tmpfs. */
    Path migrations(String host) {
        return tmpfs(host).resolve("migrations");
    }

    Path runcRoot(String host) {
        return setting(host, "caravan.runc-root");
    }

    /** A host's tmpfs. */
    Path tmpfs(String host) {
        return setting(host, "caravan.run");
    }

    /** Where a host keeps a container's bundle. */
    Path bundle(String host, String container) {
        return setting(host, "caravan.home").resolve("containers").resolve(container);
    }

    /** Where a host keeps a container's root file system. */
    Path rootfs(String host, String container) {
        return bundle(host, container).resolve("rootfs");
    }

    /** A host's appraisal policy, which its agent reads when it starts. */
    Path policy(String host) {
        return setting(host, "caravan.policy");
    }

    /** The socket of a host's TPM. */
    Path tpmSocket(String host) {
        return Path.of(properties(host).getProperty("caravan.tpm").replaceFirst("^unix:", ""));
    }

    private Path setting(String host, String key) {
        return Path.of(properties(host).getProperty(key));
    }

    private Properties properties(String host) {
        return properties(lab.plan().home().resolve("hosts").resolve(host).resolve("agent.properties"));
    }

    /** A connection to the broker as this lab's operator. */
    BrokerClient broker() {
        return BrokerClient.from(operator());
    }

    /** A connection to the broker with another's log-in, for example {@code agent-it-beta}. */
    BrokerClient broker(String user) {
        Properties settings = operator();
        Path secrets = Path.of(settings.getProperty("caravan.broker.password-file")).resolveSibling(user);
        settings.setProperty("caravan.broker.user", user);
        settings.setProperty("caravan.broker.password-file", secrets.toString());
        return BrokerClient.from(settings);
    }

    /** The operator's settings. */
    Properties operator() {
        return properties(lab.plan().operatorConfiguration());
    }

    private static Properties properties(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes every container, so that the next test finds the hosts empty; the lab's processes must run. */
    void clear() {
        LabStatus status = lab.status();
        assertThat(status.state()).isEqualTo(LabStatus.State.UP);
        status.containers().stream().map(LabContainer::name).distinct().forEach(lab::remove);
    }

    /** Compiles one of the CRIU component's sample programs, statically, so that it runs in an empty root file system. */
    Path compile(String name) {
        Path program = directory.resolve("home").resolve(name);
        if (!Files.exists(program)) {
            CommandResult.run("gcc", "-static", "-O1", "-pthread", "-o", program.toString(),
                    "../../criu-component/src/test/c/" + name + ".c");
        }
        return program;
    }
}
