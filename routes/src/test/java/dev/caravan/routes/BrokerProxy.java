package dev.caravan.routes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** A way to a broker that keeps its address while the broker is away, and that can hang. */
public final class BrokerProxy implements AutoCloseable {
    private final Supplier<Optional<URI>> broker;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private boolean hangs;

    /** @param broker where the broker listens now; empty while it is away */
    public BrokerProxy(Supplier<Optional<URI>> broker) throws IOException {
        this.broker = broker;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        run(this::accept);
    }

    /** The settings of a program that reaches the broker only through here. */
    public Properties settings(Properties direct) {
        Properties properties = new Properties();
        properties.putAll(direct);
        properties.setProperty("caravan.broker.url", "tcp://127.0.0.1:" + server.getLocalPort());
        return properties;
    }

    /** From now on nothing is passed on, either way, and no connection ends: so a broker looks whose machine hangs. */
    public synchronized void hang() {
        hangs = true;
    }

    public synchronized void goOn() {
        hangs = false;
        notifyAll();
    }

    private void accept() throws IOException {
        while (true) {
            Socket near = server.accept();
            sockets.add(near);
            Optional<URI> to = broker.get();
            if (to.isEmpty()) {
                near.close();
                continue;
            }
            Socket far = new Socket(to.get().getHost(), to.get().getPort());
            sockets.add(far);
            run(() -> pass(near, far));
            run(() -> pass(far, near));
        }
    }

    private void pass(Socket from, Socket to) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        try (from; to; InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                awaitGoingOn();
                out.write(buffer, 0, length);
            }
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private synchronized void awaitGoingOn() throws IOException {
        try {
            while (hangs) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void run(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // one side has closed the connection
                return;
            }
        }, "broker proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        goOn();
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
