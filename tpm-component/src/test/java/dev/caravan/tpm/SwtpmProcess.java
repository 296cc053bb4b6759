package dev.caravan.tpm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A real software TPM with an EK certificate by a maker's CA of its own, for tests. It ends with the JVM at last. */
public final class SwtpmProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(10);

    private final String address;
    private final Path directory;
    private final List<String> command;
    private final Callable<Boolean> ready;
    private final Thread reaper;
    private Process process;

    private SwtpmProcess(String address, Path directory, List<String> command, Callable<Boolean> ready)
            throws IOException {
        this.address = address;
        this.directory = directory;
        this.command = command;
        this.ready = ready;
        launch();
        reaper = new Thread(this::kill);
        Runtime.getRuntime().addShutdownHook(reaper);
    }

    /** Makes and starts a TPM whose state is below {@code directory}. */
    public static SwtpmProcess start(Path directory) throws IOException, InterruptedException {
        return start(directory, directory.resolve("maker"));
    }

    /** Makes and starts a TPM of the maker whose CA is in {@code maker}, which is made if it is not there. */
    public static SwtpmProcess start(Path directory, Path maker) throws IOException, InterruptedException {
        Path state = manufacture(directory, maker);
        Path socket = socket(directory);
        return create("unix:" + socket, directory, state, () -> Files.exists(socket), "--server",
                "type=unixio,path=" + socket);
    }

    /** Makes and starts a TPM that listens on a TCP port of loopback and, for tpm2-tools, on the next one. */
    public static SwtpmProcess startTcp(Path directory, Path maker) throws IOException, InterruptedException {
        Path state = manufacture(directory, maker);
        int port = freePorts();
        return create("tcp:127.0.0.1:" + port, directory, state, () -> isOpen(port + 1), "--server",
                "type=tcp,port=" + port, "--ctrl", "type=tcp,port=" + (port + 1));
    }

    /** Where the TPM is, for {@link Tpm#open}. It serves one connection at a time; the next one waits. */
    public String address() {
        return address;
    }

    /** The TPM's address for the option {@code -T} of tpm2-tools; only if it was started with TCP ports. */
    public String tcti() {
        return "swtpm:host=127.0.0.1,port=" + address.substring(address.lastIndexOf(':') + 1);
    }

    /** Certificates of the maker's CA: intermediate and root. */
    public List<X509Certificate> makerCertificates(Path maker) throws Exception {
        List<X509Certificate> certificates = new ArrayList<>();
        for (String name : List.of("issuercert.pem", "swtpm-localca-rootca-cert.pem")) {
            try (InputStream in = Files.newInputStream(maker.resolve(name))) {
                certificates.add((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
        }
        return certificates;
    }

    /**
     * Takes the power from the TPM, without TPM2_Shutdown, and gives it back: the next boot of a machine that crashed.
     * Connections end.
     */
    public void powerCycle() throws IOException, InterruptedException {
        powerOff();
        powerOn();
    }

    /** Takes the power from the TPM: nobody answers at its address. */
    public void powerOff() throws InterruptedException {
        end();
    }

    public void powerOn() throws IOException {
        launch();
    }

    @Override
    public void close() throws InterruptedException {
        end();
        Runtime.getRuntime().removeShutdownHook(reaper);
    }

    private void end() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    private void kill() {
        process.destroyForcibly();
    }

    /** Skips the test where swtpm is missing, but fails it in CI. */
    public static void requireSwtpm() {
        require("swtpm", "swtpm_setup", "swtpm_localca");
    }

    /** Skips the test where one of these programs is missing, but fails it in CI. */
    static void require(String... programs) {
        List<String> missing = Stream.of(programs).filter(program -> find(program).isEmpty()).toList();
        String reason = "not on the PATH: " + String.join(", ", missing) + "; ./caravan setup installs them";
        if (!missing.isEmpty() && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(reason);
        }
        assumeTrue(missing.isEmpty(), reason);
    }

    /** Runs a program in {@code directory} and fails, with what it printed, unless it succeeds. */
    static void run(Path directory, String... command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "command", ".log");
        Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + " failed: " + Files.readString(log));
        }
    }

    private static SwtpmProcess create(String address, Path directory, Path state, Callable<Boolean> ready,
            String... channels) throws IOException {
        List<String> command = new ArrayList<>(List.of("swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + state,
                "--flags", "not-need-init,startup-clear"));
        command.addAll(List.of(channels));
        return new SwtpmProcess(address, directory, command, ready);
    }

    private void launch() throws IOException {
        Path log = directory.resolve("swtpm.log");
        Files.deleteIfExists(socket(directory));
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        Awaitility.await().atMost(START).pollInterval(Duration.ofMillis(10))
                .until(() -> ready.call() || !process.isAlive());
        if (!process.isAlive()) {
            throw new IOException("swtpm ended: " + Files.readString(log));
        }
    }

    private static Path socket(Path directory) {
        return directory.resolve("tpm.sock");
    }

    private static Path manufacture(Path directory, Path maker) throws IOException, InterruptedException {
        requireSwtpm();
        Path state = Files.createDirectories(directory.resolve("state")).toAbsolutePath();
        Files.createDirectories(maker);
        Path localca = Files.writeString(directory.resolve("swtpm-localca.conf"),
                """
                statedir = %1$s
                signingkey = %1$s/signkey.pem
                issuercert = %1$s/issuercert.pem
                certserial = %1$s/certserial
                """.formatted(maker.toAbsolutePath()));
        Path options = Files.writeString(directory.resolve("swtpm-localca.options"), """
                                                                                     --platform-manufacturer Caravan
                                                                                     --platform-version 1
                                                                                     --platform-model Test
                                                                                     """);
        Path setup = Files.writeString(directory.resolve("swtpm_setup.conf"),
                """
                create_certs_tool = %s
                create_certs_tool_config = %s
                create_certs_tool_options = %s
                """.formatted(find("swtpm_localca").orElseThrow(), localca, options));
        run(directory, "swtpm_setup", "--tpm2", "--tpmstate", state.toString(), "--create-ek-cert",
                "--create-platform-cert", "--lock-nvram", "--config", setup.toString());
        return state;
    }

    private static Optional<Path> find(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> Path.of(directory, program)).filter(Files::isExecutable).findFirst();
    }

    private static boolean isOpen(int port) {
        try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** The first of two neighbouring ports that are free now. */
    private static int freePorts() throws IOException {
        for (int i = 0; i < 100; i++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
            try (ServerSocket first = new ServerSocket(port); ServerSocket second = new ServerSocket(port + 1)) {
                return Math.min(first.getLocalPort(), second.getLocalPort());
            } catch (IOException e) {
                continue;
            }
        }
        throw new IOException("no two neighbouring ports are free");
    }
}
