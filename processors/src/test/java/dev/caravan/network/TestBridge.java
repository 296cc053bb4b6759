package dev.caravan.network;

import static dev.caravan.machine.Machine.run;

import dev.caravan.criu.LocalExecutor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A bridge of a test's own with an address, and namespaces that go with it. */
final class TestBridge implements AutoCloseable {
    private final long id = ProcessHandle.current().pid();
    private final List<String> namespaces = new ArrayList<>();
    private final ContainerNetwork network = new ContainerNetwork(new LocalExecutor(), name());

    TestBridge() throws IOException {
        run("ip", "link", "add", name(), "type", "bridge");
        run("ip", "addr", "add", "10.213.77.1/24", "dev", name());
        run("ip", "link", "set", name(), "up");
    }

    String name() {
        return "cvt" + id;
    }

    ContainerNetwork network() {
        return network;
    }

    /** A name for a namespace that {@link #close} removes. */
    String namespace(String suffix) {
        String name = name() + "-" + suffix;
        namespaces.add(name);
        return name;
    }

    /** Which of the bridge's ports a hardware address is known at; empty if none. */
    String portOf(String mac) throws IOException {
        for (String line : run("bridge", "fdb", "show", "br", name()).split("\n")) {
            if (line.startsWith(mac + " dev ") && !line.contains("permanent")) {
                return line.split(" ")[2];
            }
        }
        return "";
    }

    @Override
    public void close() throws IOException {
        try {
            for (String name : namespaces) {
                network.remove(ContainerNetwork.namespace(name));
            }
        } finally {
            run("ip", "link", "delete", name());
        }
    }
}
