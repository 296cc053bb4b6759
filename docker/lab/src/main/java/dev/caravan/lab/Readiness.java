package dev.caravan.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** How it shows that a process is ready to work. */
interface Readiness {
    /** Whether it is ready, given that it runs. */
    boolean reached();

    /** Forgets an earlier process's readiness. */
    default void reset() throws IOException {
    }

    /** Ready when it has written a file. */
    static Readiness file(Path file) {
        return new Readiness() {
            @Override
            public boolean reached() {
                return Files.exists(file);
            }

            @Override
            public void reset() throws IOException {
                Files.deleteIfExists(file);
            }
        };
    }

    /** Ready when it accepts connections. */
    static Readiness port(String host, int port) {
        return () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(host, port), 1_000);
                return true;
            } catch (IOException e) {
                return false;
            }
        };
    }
}
