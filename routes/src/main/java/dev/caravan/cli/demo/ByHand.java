package dev.caravan.cli.demo;

import dev.caravan.lab.Lab;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;

/** The same container, moved by hand with runc and CRIU, in the clear: what our downtime is compared with. */
final class ByHand implements AutoCloseable {
    static final String ADDRESS = "10.89.0.10";

    private static final int TIMEOUT_SECONDS = 120;

    private final Path directory;
    private final Path script;

    ByHand(Path directory) throws IOException {
        this.directory = directory;
        script = Files.createTempFile("by-hand", ".sh",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (InputStream in = Lab.class.getResourceAsStream("by-hand.sh")) {
            Files.write(script, in.readAllBytes());
        }
        run("clean");
    }

    /** Starts the container. */
    void prepare() throws IOException {
        run("prepare");
    }

    /** Moves it; returns the downtime in milliseconds, from the fence to the end of the restore. */
    long move() throws IOException {
        return Long.parseLong(run("move").strip());
    }

    @Override
    public void close() throws IOException {
        run("clean");
        Files.deleteIfExists(script);
    }

    private String run(String step) throws IOException {
        Path errors = Files.createTempFile("by-hand", ".log");
        try {
            Process process = new ProcessBuilder(script.toString(), step, directory.toString())
                    .redirectError(errors.toFile()).start();
            String output = new String(process.getInputStream().readNBytes(1 << 16),
                    java.nio.charset.StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("by-hand.sh " + step + " failed: " + Files.readString(errors).strip());
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.deleteIfExists(errors);
        }
    }
}
