package dev.caravan.tpm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A real software TPM with an EK certificate by a maker's CA of its own, for tests. */
public final class SwtpmProcess implements AutoCloseable {
    private final Process process;

    private final String address;

    private SwtpmProcess(String address, Process process) {
        this.address = address;
        this.process = process;
    }

    /** Makes and starts a TPM whose state is below {@code directory}. */
    public static SwtpmProcess start(Path directory) throws IOException, InterruptedException {
        return start(directory, directory.resolve("maker"));
    }

    /** Makes and starts a TPM of the maker whose CA is in {@code maker}, which is made if it is not there. */
    public static SwtpmProcess start(Path directory, Path maker) throws IOException, InterruptedException {
        Path state = manufacture(directory, maker);
        Path socket = directory.resolve("tpm.sock");
        Process process = launch(directory, state, "--server", "type=unixio,path=" + socket);
        Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> Files.exists(socket));
        return new SwtpmProcess("unix:" + socket, process);
    }

    /** Makes and starts a TPM that listens on a TCP port of loopback and, for tpm2-tools, on the next one. */
    public static SwtpmProcess startTcp(Path directory, Path maker, int port) throws IOException, InterruptedException {
        Path state = manufacture(directory, maker);
        Process process = launch(directory, state, "--server", "type=tcp,port=" + port, "--ctrl",
                "type=tcp,port=" + (port + 1));
        Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> {
            try (java.net.Socket probe = new java.net.Socket("127.0.0.1", port + 1)) {
                return probe.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
        return new SwtpmProcess("tcp:127.0.0.1:" + port, process);
    }

    private static Process launch(Path directory, Path state, String... channels) throws IOException {
        List<String> command = new ArrayList<>(List.of("swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + state,
                "--flags", "not-need-init,startup-clear"));
        command.addAll(List.of(channels));
        return new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(directory.resolve("swtpm.log").toFile()).start();
    }

    private static Path manufacture(Path directory, Path maker) throws IOException, InterruptedException {
        requireSwtpm();
        Path state = Files.createDirectories(directory.resolve("state")).toAbsolutePath();
        Files.createDirectories(maker);
        Path localca = directory.resolve("swtpm-localca.conf");
        Files.writeString(localca, """
                                   statedir = %1$s
                                   signingkey = %1$s/signkey.pem
                                   issuercert = %1$s/issuercert.pem
                                   certserial = %1$s/certserial
                                   """.formatted(maker.toAbsolutePath()));
        Path options = Files.writeString(directory.resolve("swtpm-localca.options"),
                "--platform-manufacturer Caravan\n--platform-version 1\n--platform-model Test\n");
        Path setup = Files.writeString(directory.resolve("swtpm_setup.conf"), """
                                                                              create_certs_tool = /usr/bin/swtpm_localca
                                                                              create_certs_tool_config = %s
                                                                              create_certs_tool_options = %s
                                                                              """.formatted(localca, options));
        run(directory, "swtpm_setup", "--tpm2", "--tpmstate", state.toString(), "--create-ek-cert",
                "--create-platform-cert", "--lock-nvram", "--config", setup.toString());
        return state;
    }

    /** The TPM's address for {@link Tpm#open}; swtpm serves one connection at a time and ends with it. */
    public String address() {
        return address;
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

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Skips the test where swtpm is missing, but fails it in CI. */
    public static void requireSwtpm() {
        boolean there = Stream.of("/usr/bin/swtpm", "/usr/bin/swtpm_setup").map(Path::of).allMatch(Files::isExecutable);
        if (!there && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("swtpm and swtpm-tools are missing: ./caravan setup installs them");
        }
        assumeTrue(there, "swtpm and swtpm-tools are missing: ./caravan setup installs them");
    }

    static void run(Path directory, String... command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "command", ".log");
        Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + " failed: " + Files.readString(log));
        }
    }
}
