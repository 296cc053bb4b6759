package dev.caravan.network;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.criu.CommandExecutor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The networks of the containers on one host. Containers hang on a bridge in the network namespace that the agent runs
 * in. Every method may be called again, also by another process, and then changes nothing.
 */
public final class ContainerNetwork {
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final Path FORMER_NAMESPACES = Path.of("/var/run/netns");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,127}");

    private final IpTool ip;
    private final NetworkReader reader;
    private final String bridge;
    private final Path namespaces;

    /** @param bridge the bridge's name, for example {@code br0} */
    public ContainerNetwork(CommandExecutor commands, String bridge) {
        this(commands, bridge, NAMESPACES);
    }

    /**
     * @param bridge     the bridge's name
     * @param namespaces where {@code commands} keep named namespaces
     */
    public ContainerNetwork(CommandExecutor commands, String bridge, Path namespaces) {
        if (!NetworkDescription.isInterface(bridge)) {
            throw new IllegalArgumentException("not an interface's name: " + bridge);
        }
        this.ip = new IpTool(commands);
        this.reader = new NetworkReader(ip);
        this.bridge = bridge;
        this.namespaces = namespaces;
    }

    /** The path of a named namespace: what a bundle's configuration says. */
    public static Path namespace(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a namespace's name: " + name);
        }
        return NAMESPACES.resolve(name);
    }

    /** Where a named namespace is, or would be. */
    public Path path(String name) {
        return namespaces.resolve(namespace(name).getFileName());
    }

    /**
     * Reads a container's network.
     *
     * @throws NetworkFailed if it is not one that can be moved
     */
    public NetworkDescription describe(Path namespace) throws IOException {
        return reader.describe(namespace);
    }

    /**
     * Finds a container's place on the bridge; do it before the container is frozen, it takes two programs.
     *
     * @throws NetworkFailed if its interface has no end in this namespace
     */
    public ContainerPort find(Path namespace) throws IOException {
        return reader.find(namespace);
    }

    /**
     * Makes a namespace whose network is as described, connected to nothing yet: the bridge's end stays down, so that
     * nobody sees the addresses twice. If there is one of that name with this network, it stays; with another network,
     * it is replaced.
     */
    public ContainerPort create(String name, NetworkDescription description) throws IOException {
        Path namespace = path(name);
        ContainerPort port = new ContainerPort(namespace, description.name(), description.mac(), outside(name));
        if (Files.exists(namespace)) {
            if (isAsDescribed(port, description)) {
                return port;
            }
            remove(namespace);
        }
        try {
            ip.here("", "ip", "netns", "add", name);
            ip.here("link add " + port.outside() + " type veth peer name " + port.inside() + " netns " + name + "\n"
                    + "link set " + port.outside() + " mtu " + description.mtu() + " master " + bridge + "\n",
                    IpTool.batch());
            ip.in(namespace, "1\n", "tee", "/proc/sys/net/ipv4/conf/" + port.inside() + "/arp_notify");
            if (Files.exists(Path.of("/proc/sys/net/ipv6"))) {
                ip.in(namespace, "1\n", "tee", "/proc/sys/net/ipv6/conf/" + port.inside() + "/ndisc_notify");
            }
            ip.in(namespace, configuration(description), IpTool.batch());
        } catch (IOException e) {
            remove(namespace);
            throw new NetworkFailed("cannot make the network " + name + ": " + e.getMessage(), e);
        }
        return port;
    }

    private boolean isAsDescribed(ContainerPort port, NetworkDescription description) throws IOException {
        try {
            return find(port.namespace()).equals(port) && describe(port.namespace()).equals(description);
        } catch (IOException e) {
            // Half made by an agent that died, or somebody else's: either way it is made anew.
            return false;
        }
    }

    /** Addresses are usable at once: nobody else has them, so there is no duplicate to wait for. */
    private static String configuration(NetworkDescription description) {
        String device = " dev " + description.name() + "\n";
        StringBuilder lines = new StringBuilder("link set lo up\nlink set dev " + description.name() + " address "
                + description.mac() + " mtu " + description.mtu() + "\n");
        for (InterfaceAddress address : description.addresses()) {
            lines.append("addr add ").append(address).append(address.inet6() ? " nodad" : " brd +").append(device);
        }
        lines.append("link set dev ").append(description.name()).append(" up\n");
        for (String gateway : description.gateways()) {
            lines.append("route add default via ").append(gateway).append(" onlink").append(device);
        }
        return lines.toString();
    }

    /** Lets nothing in and out of a container's network; see {@link #unfence}. */
    public void fence(Path namespace) throws IOException {
        NetworkTable.FENCE.raise(ip, namespace);
    }

    /** Lets packets pass again. */
    public void unfence(Path namespace) throws IOException {
        NetworkTable.FENCE.lower(ip, namespace);
    }

    /** Whether a container's network is fenced. */
    public boolean isFenced(Path namespace) throws IOException {
        return NetworkTable.FENCE.isUp(ip, namespace);
    }

    /** Whether the bridge's end is there and up. */
    public boolean isConnected(ContainerPort port) throws IOException {
        return veths().stream().filter(link -> link.path("ifname").asText().equals(port.outside()))
                .anyMatch(link -> NetworkReader.hasFlag(link, "UP"));
    }

    /**
     * Keeps the kernel from answering for a container that does not run there yet: with a reset or "unreachable" it would
     * end connections that the container is about to take up, or that go on elsewhere. See {@link #unmute}.
     */
    public void mute(Path namespace) throws IOException {
        NetworkTable.MUTE.raise(ip, namespace);
    }

    /** The container runs: the kernel answers again for ports where it does not listen. */
    public void unmute(Path namespace) throws IOException {
        NetworkTable.MUTE.lower(ip, namespace);
    }

    /** Puts the bridge's end up: the container is reachable once its neighbours know, see {@link #announce}. */
    public void connect(ContainerPort port) throws IOException {
        ip.here("", "ip", "link", "set", port.outside(), "up");
    }

    /** Puts the bridge's end down: the container's addresses are free for another host. */
    public void disconnect(ContainerPort port) throws IOException {
        ip.here("", "ip", "link", "set", port.outside(), "down");
    }

    /**
     * Tells the neighbours at once where the container is now: a gratuitous ARP for each IPv4 address, an unsolicited
     * neighbour advertisement for each IPv6 address. The kernel sends them, because {@code arp_notify} and
     * {@code ndisc_notify} are set (by {@link #create}), when the hardware address is set, even to what it is already.
     */
    public void announce(ContainerPort port) throws IOException {
        ip.in(port.namespace(), "", "ip", "link", "set", port.inside(), "address", port.mac());
    }

    /**
     * Removes a named namespace with its network; there may be none, or something else of that name, which stays. One without
     * a name goes with its processes.
     */
    public void remove(Path namespace) throws IOException {
        if (!namespaces.equals(namespace.getParent()) && !FORMER_NAMESPACES.equals(namespace.getParent())) {
            return;
        }
        String name = String.valueOf(namespace.getFileName());
        if (hasLink(outside(name))) {
            ip.here("", "ip", "link", "delete", outside(name));
        }
        if (Files.isRegularFile(path(name))) {
            ip.here("", "ip", "netns", "delete", name);
        }
    }

    private boolean hasLink(String name) throws IOException {
        return veths().stream().anyMatch(link -> link.path("ifname").asText().equals(name));
    }

    private List<JsonNode> veths() throws IOException {
        return ip.list("ip", "-j", "link", "show", "type", "veth");
    }

    /** The bridge's end is named for the namespace; the kernel allows 15 characters. */
    static String outside(String name) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return "cv" + HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
