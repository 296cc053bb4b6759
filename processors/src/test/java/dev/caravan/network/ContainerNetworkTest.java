package dev.caravan.network;

import static dev.caravan.machine.Machine.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caravan.criu.LocalExecutor;
import dev.caravan.machine.Machine;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ContainerNetworkTest {
    private static final String MAC = "02:00:00:00:00:10";
    private static final String ADDRESS = "10.213.77.10";
    private static final NetworkDescription DESCRIPTION = new NetworkDescription("eth0", MAC, 1400,
            List.of(new InterfaceAddress(ADDRESS, 24), new InterfaceAddress("fd00:77::10", 64)),
            List.of("10.213.77.1", "fd00:77::1"));

    private TestBridge bridge;
    private ContainerNetwork network;

    @BeforeEach
    void makeBridge() throws IOException {
        Machine.require("ip", "bridge", "nft", "nsenter", "iptables-restore");
        bridge = new TestBridge();
        network = bridge.network();
    }

    @AfterEach
    void removeBridge() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
    }

    @Test
    void whatIsMadeIsAsDescribedAndNotConnected() throws IOException {
        ContainerPort port = network.create(bridge.namespace("a"), DESCRIPTION);
        assertThat(network.describe(port.namespace())).isEqualTo(DESCRIPTION);
        assertThat(network.find(port.namespace())).isEqualTo(port);
        assertThat(run("ip", "link", "show", port.outside())).contains("state DOWN", "master " + bridge.name());
    }

    @Test
    void everythingCanBeDoneTwice() throws IOException {
        String name = bridge.namespace("a");
        ContainerPort port = network.create(name, DESCRIPTION);
        String before = run("ip", "link", "show", port.outside());
        assertThat(new ContainerNetwork(new LocalExecutor(), bridge.name()).create(name, DESCRIPTION)).isEqualTo(port);
        assertThat(run("ip", "link", "show", port.outside())).isEqualTo(before);
        for (int i = 0; i < 2; i++) {
            network.connect(port);
            assertThat(network.isConnected(port)).isTrue();
            network.announce(port);
            network.fence(port.namespace());
            assertThat(network.isFenced(port.namespace())).isTrue();
        }
        for (int i = 0; i < 2; i++) {
            network.unfence(port.namespace());
            assertThat(network.isFenced(port.namespace())).isFalse();
            network.disconnect(port);
            assertThat(network.isConnected(port)).isFalse();
        }
        for (int i = 0; i < 2; i++) {
            network.remove(port.namespace());
            assertThat(port.namespace()).doesNotExist();
            assertThat(run("ip", "link")).doesNotContain(port.outside());
        }
    }

    @Test
    void whatACrashLeftHalfMadeIsMadeAnew() throws IOException {
        String name = bridge.namespace("a");
        run("ip", "netns", "add", name);
        assertThat(network.describe(network.create(name, DESCRIPTION).namespace())).isEqualTo(DESCRIPTION);
        network.remove(ContainerNetwork.namespace(name));
        Files.createFile(ContainerNetwork.namespace(name));
        assertThat(network.describe(network.create(name, DESCRIPTION).namespace())).isEqualTo(DESCRIPTION);
    }

    @Test
    void whatIsNoNamespaceStaysAndHindersNobody() throws IOException {
        String name = bridge.namespace("a");
        network.create(bridge.namespace("other"), DESCRIPTION);
        Path foreign = Files.createDirectory(ContainerNetwork.namespace(name));
        try {
            assertThatIOException().isThrownBy(() -> network.create(name, DESCRIPTION));
            network.remove(foreign);
            network.remove(Path.of(""));
            assertThat(foreign).isDirectory();
        } finally {
            Files.delete(foreign);
        }
    }

    @Test
    void theBridgeAndANeighbourLearnFromTheAnnouncementAlone() throws IOException {
        ContainerPort source = network.create(bridge.namespace("source"), DESCRIPTION);
        ContainerPort destination = network.create(bridge.namespace("destination"), DESCRIPTION);
        ContainerPort neighbour = network.create(bridge.namespace("neighbour"), new NetworkDescription("eth0",
                "02:00:00:00:00:20", 1400, List.of(new InterfaceAddress("10.213.77.20", 24)), List.of()));
        network.connect(neighbour);
        // A host takes up an address that it has never asked for only from an ARP packet that reaches it.
        Machine.feed("1", "nsenter", "--net=" + neighbour.namespace(), "--", "tee",
                "/proc/sys/net/ipv4/conf/eth0/arp_accept");
        network.connect(source);
        network.announce(source);
        await().atMost(Duration.ofSeconds(30)).until(() -> bridge.portOf(MAC).equals(source.outside()));
        forget(neighbour);

        network.disconnect(source);
        network.connect(destination);

        // a bridge port passes nothing on before it is forwarding, which takes a moment on a busy machine
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            network.announce(destination);
            return bridge.portOf(MAC).equals(destination.outside())
                    && neighboursOf(neighbour).contains(ADDRESS + " lladdr " + MAC);
        });
    }

    private static void forget(ContainerPort port) throws IOException {
        run("nsenter", "--net=" + port.namespace(), "ip", "neigh", "flush", "dev", "eth0");
        assertThat(neighboursOf(port)).doesNotContain(MAC);
    }

    private static String neighboursOf(ContainerPort port) throws IOException {
        return run("nsenter", "--net=" + port.namespace(), "ip", "neigh", "show", "dev", "eth0");
    }

    @Test
    void theFenceHoldsBothDirectionsBackAndAnswersNothing() throws Exception {
        ContainerPort port = network.create(bridge.namespace("a"), DESCRIPTION);
        network.connect(port);
        network.announce(port);
        Process server = serve(port.namespace());
        try (Socket client = new Socket()) {
            client.connect(new InetSocketAddress(ADDRESS, 7), 5000);
            assertThat(echo(client, 1, 5000)).isEqualTo(1);

            network.fence(port.namespace());
            assertThatThrownBy(() -> echo(client, 2, 300)).isInstanceOf(SocketTimeoutException.class);
            assertThatThrownBy(() -> connect(8)).as("a port where nobody listens")
                    .isInstanceOf(SocketTimeoutException.class);

            criu(port.namespace(), "-I INPUT -j CRIU\n-I OUTPUT -j CRIU\n"
                    + "-A CRIU -m mark --mark 0xC114 -j ACCEPT\n-A CRIU -j DROP\n");
            criu(port.namespace(), "-D INPUT -j CRIU\n-D OUTPUT -j CRIU\n-X CRIU\n");
            assertThat(network.isFenced(port.namespace())).isTrue();
            assertThatThrownBy(() -> connect(8)).isInstanceOf(SocketTimeoutException.class);

            network.unfence(port.namespace());
            client.setSoTimeout(10_000);
            assertThat(client.getInputStream().read()).as("what was sent into the fence").isEqualTo(2);
            assertThat(echo(client, 3, 5000)).isEqualTo(3);
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void nobodyIsToldThatAContainerWhichDoesNotRunYetDoesNotListen() throws Exception {
        ContainerPort port = network.create(bridge.namespace("a"), DESCRIPTION);
        for (int i = 0; i < 2; i++) {
            network.mute(port.namespace());
        }
        network.connect(port);
        network.announce(port);
        assertThatThrownBy(() -> connect(8)).isInstanceOf(SocketTimeoutException.class);
        Process server = serve(port.namespace());
        try (Socket client = new Socket()) {
            client.connect(new InetSocketAddress(ADDRESS, 7), 5000);
            assertThat(echo(client, 1, 5000)).as("what the container sends passes").isEqualTo(1);
        } finally {
            server.destroyForcibly();
        }

        for (int i = 0; i < 2; i++) {
            network.unmute(port.namespace());
        }
        assertThatThrownBy(() -> connect(8)).isInstanceOf(ConnectException.class);
    }

    private static void connect(int number) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(ADDRESS, number), 300);
        }
    }

    private static int echo(Socket socket, int value, int timeoutMillis) throws IOException {
        socket.setSoTimeout(timeoutMillis);
        socket.getOutputStream().write(value);
        return socket.getInputStream().read();
    }

    /** What CRIU does to lock and unlock a namespace's network while it dumps and restores. */
    private static void criu(Path namespace, String rules) throws IOException {
        Machine.feed("*filter\n:CRIU - [0:0]\n" + rules + "COMMIT\n", "nsenter", "--net=" + namespace, "--",
                "iptables-restore", "--noflush");
    }

    private static Process serve(Path namespace) throws IOException {
        Process server = new ProcessBuilder("nsenter", "--net=" + namespace, "--",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto", "-cp",
                Path.of("target", "test-classes").toString(), EchoServer.class.getName(), "7")
                .redirectErrorStream(true).start();
        InputStream output = server.getInputStream();
        assertThat(new String(output.readNBytes(9), StandardCharsets.US_ASCII)).isEqualTo("listening");
        return server;
    }

    @Test
    void aNamespaceWithoutANetworkCannotBeMoved() throws IOException {
        String name = bridge.namespace("bare");
        run("ip", "netns", "add", name);
        assertThatIOException().isThrownBy(() -> network.describe(ContainerNetwork.namespace(name)))
                .isInstanceOf(NetworkFailed.class).withMessageContaining("0 Ethernet interfaces");
    }

    @Test
    void everyNameThatAContainerMayHaveIsANamespaces() {
        assertThat(ContainerNetwork.namespace("alpha-c++_1.2")).isEqualTo(Path.of("/run/netns/alpha-c++_1.2"));
    }

    @Test
    void aNamespaceWithoutANameIsLeftToItsProcesses() throws Exception {
        Path own = Path.of("/proc/self/ns/net");
        network.remove(own);
        assertThat(own).exists();
    }
}
