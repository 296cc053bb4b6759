package dev.caravan.broker;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;

/** A broker in a JVM of its own, so that a test can kill it. */
final class BrokerProcess {
    private BrokerProcess() {
    }

    /** Arguments: the directory of a {@link TestBroker} and the port. */
    public static void main(String[] arguments) throws Exception {
        EmbeddedBroker.from(new TestBroker(Path.of(arguments[0])).properties(Integer.parseInt(arguments[1]))).start();
    }

    static Process start(Path directory, int port) throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-cp",
                System.getProperty("java.class.path"), BrokerProcess.class.getName(), directory.toString(),
                Integer.toString(port)).redirectErrorStream(true)
                .redirectOutput(directory.resolve("broker.log").toFile()).start();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
