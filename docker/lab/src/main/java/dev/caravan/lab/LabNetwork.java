package dev.caravan.lab;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.criu.Command;
import dev.caravan.criu.CommandExecutor;
import dev.caravan.criu.CommandOutcome;
import dev.caravan.criu.LocalExecutor;
import dev.caravan.network.ContainerNetwork;
import dev.caravan.network.ContainerPort;
import dev.caravan.network.InterfaceAddress;
import dev.caravan.network.NetworkDescription;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * The lab's network: a bridge in the root namespace; each host is a namespace with a bridge {@code br0} of its own, which
 * an uplink joins to the first one; each container is a namespace whose {@code eth0} ends at its host's {@code br0}.
 */
final class LabNetwork {
    /** The bridge inside each host. */
    static final String HOST_BRIDGE = "br0";

    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final Path INTERFACES = Path.of("/sys/class/net");
    private static final Path BRIDGED_PACKETS_FILTERED = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");
    private static final Path CONGESTION_CONTROLS = Path.of("/proc/sys/net/ipv4/tcp_available_congestion_control");
    private static final int PREFIX_LENGTH = 24;
    private static final int MTU = 1500;
    private static final String CUT = "caravan_lab_cut";
    /** It can only be deleted if it is there. */
    private static final String NOT_CUT = "add table inet " + CUT + "\ndelete table inet " + CUT + "\n";

    private final LabPlan plan;

    LabNetwork(LabPlan plan) {
        this.plan = plan;
    }

    /** Makes the bridge and the hosts. */
    void create() {
        Program.feed("link add " + plan.bridge() + " type bridge\naddr add " + plan.address() + "/24 dev "
                + plan.bridge() + "\nlink set " + plan.bridge() + " up\n" + route(plan.bridge(), plan.address()), "ip",
                "-batch", "-");
        plan.hosts().forEach(this::createHost);
        if (bridgedPacketsAreFiltered()) {
            // other programs' rules, as a container engine's, would drop what one host sends to the other
            Program.run(forwarding("-I"));
        }
    }

    private void createHost(String host) {
        String namespace = plan.namespace(host);
        String uplink = hostEnd(namespace);
        Program.run("ip", "netns", "add", namespace);
        Program.feed("link add " + uplink + " type veth peer name uplink netns " + namespace + "\nlink set " + uplink
                + " master " + plan.bridge() + " up\n", "ip", "-batch", "-");
        Program.feed("link set lo up\nlink add " + HOST_BRIDGE + " type bridge\nlink set uplink master " + HOST_BRIDGE
                + " up\naddr add " + plan.address(host) + "/24 dev " + HOST_BRIDGE + "\nlink set " + HOST_BRIDGE
                + " up\n" + route(HOST_BRIDGE, plan.address(host)), "ip", "-n", namespace, "-batch", "-");
    }

    /**
     * Sends by CUBIC where the kernel has it: pacing, as BBR does it, takes a third more of the processors on links that are
     * memory.
     */
    private String route(String device, String address) {
        return setting(CONGESTION_CONTROLS).contains("cubic")
                ? "route replace " + plan.subnet() + ".0/24 dev " + device + " src " + address + " congctl cubic\n"
                : "";
    }

    /** Makes a container's namespace on a host, with an address, and lets packets through. */
    Path createContainer(String host, String container, String address) {
        ContainerNetwork network = network(host);
        try {
            ContainerPort port = network.create(containerNamespace(host, container), new NetworkDescription("eth0",
                    mac(address), MTU, List.of(new InterfaceAddress(address, PREFIX_LENGTH)), List.of()));
            network.connect(port);
            network.announce(port);
            return port.namespace();
        } catch (IOException e) {
            throw new LabFailed("cannot make the network of " + container + " on " + host + ": " + e.getMessage(), e);
        }
    }

    /**
     * Removes a container's namespace and link, if they are there. The link does not wait for the namespace's end:
     * connections that a killed container left half closed keep a namespace for a minute, also one without a name.
     */
    void removeContainer(String host, String container) {
        String namespace = containerNamespace(host, container);
        if (Files.notExists(NAMESPACES.resolve(plan.namespace(host)))) {
            removeNamespace(namespace);
            return;
        }
        try {
            network(host).remove(ContainerNetwork.namespace(namespace));
        } catch (IOException e) {
            throw new LabFailed("cannot remove the network of " + container + " on " + host + ": " + e.getMessage(), e);
        }
    }

    /** The containers' networks of a host, as its agent sees them: from within the host's namespace. */
    private ContainerNetwork network(String host) {
        CommandExecutor here = Program.onSystemPath(new LocalExecutor());
        return new ContainerNetwork(command -> {
            List<String> there = new ArrayList<>(
                    List.of("nsenter", "--net=" + NAMESPACES.resolve(plan.namespace(host)), "--"));
            there.addAll(command.arguments());
            return here.run(new Command(there, command.environment(), command.timeout(), command.captured(),
                    command.killsDescendants(), command.input()));
        }, HOST_BRIDGE);
    }

    /** A container's address on a host, if it has a namespace there. */
    Optional<String> containerAddress(String host, String container) {
        String namespace = containerNamespace(host, container);
        return Files.exists(NAMESPACES.resolve(namespace))
                ? addresses(namespace).stream().findFirst()
                : Optional.empty();
    }

    /** Lets no packet pass between a host's own programs and the bridge, as a cut link would; containers do not notice. */
    void cut(String host) {
        nft(host, NOT_CUT + "table inet " + CUT + " {\n"
                + "chain out { type filter hook output priority -300; ip daddr " + plan.address() + " drop; }\n"
                + "chain in { type filter hook input priority -300; ip saddr " + plan.address() + " drop; }\n}\n");
    }

    /** Undoes {@link #cut}; the link need not be cut. */
    void mend(String host) {
        nft(host, NOT_CUT);
    }

    private void nft(String host, String rules) {
        Program.feed(rules, "nsenter", "--net=" + NAMESPACES.resolve(plan.namespace(host)), "nft", "-f", "-");
    }

    /** Whether the bridge and every host are there. */
    boolean whole() {
        return Files.exists(INTERFACES.resolve(plan.bridge())) && hostNamespaces().size() == plan.hosts().size();
    }

    /** The addresses of the containers' links on all hosts. */
    List<String> containerAddresses() {
        return containerNamespaces().stream().flatMap(namespace -> addresses(namespace).stream()).toList();
    }

    /** Removes everything; nothing of it needs to be there. */
    void remove() {
        containerNamespaces().forEach(LabNetwork::removeNamespace);
        hostNamespaces().forEach(namespace -> {
            removeNamespace(namespace);
            removeLink(hostEnd(namespace));
        });
        removeLink(plan.bridge());
        if (bridgedPacketsAreFiltered()) {
            while (Program.attempt(forwarding("-D")).succeeded()) {
                continue;
            }
        }
    }

    /** What of the network is there. */
    List<String> traces() {
        List<String> found = new ArrayList<>();
        Stream.concat(containerNamespaces().stream(), hostNamespaces().stream())
                .forEach(namespace -> found.add("network namespace " + namespace));
        if (Files.exists(INTERFACES.resolve(plan.bridge()))) {
            found.add("bridge " + plan.bridge());
        }
        return found;
    }

    /** A container's network namespace on a host. */
    static String containerNamespace(String host, String container) {
        return host + "-" + container;
    }

    /** The hardware address of a container with that address: locally administered, and different for each. */
    static String mac(String address) {
        StringBuilder mac = new StringBuilder("02:00");
        for (String number : address.split("\\.")) {
            mac.append(String.format(Locale.ROOT, ":%02x", Integer.parseInt(number)));
        }
        return mac.toString();
    }

    /** The name of the outer end of a namespace's link: an interface's name has at most 15 characters. */
    private static String hostEnd(String namespace) {
        CRC32 crc = new CRC32();
        crc.update(namespace.getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "cv%08x", crc.getValue());
    }

    private List<String> hostNamespaces() {
        return plan.hosts().stream().map(plan::namespace).filter(name -> Files.exists(NAMESPACES.resolve(name)))
                .toList();
    }

    /** Namespaces named as containers of the lab are, but only those that have no address outside of the lab. */
    private List<String> containerNamespaces() {
        try (Stream<Path> all = Files.list(NAMESPACES)) {
            List<String> hosts = hostNamespaces();
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> plan.hosts().stream().anyMatch(host -> name.startsWith(host + "-")))
                    .filter(name -> !hosts.contains(name))
                    .filter(name -> addresses(name).stream()
                            .allMatch(address -> address.startsWith(plan.subnet() + ".")))
                    .toList();
        } catch (IOException e) {
            return List.of(); // no namespace was ever made
        }
    }

    private static List<String> addresses(String namespace) {
        CommandOutcome shown = Program.attempt("ip", "-n", namespace, "-4", "-j", "addr", "show");
        List<String> found = new ArrayList<>();
        try {
            String json = shown.succeeded() ? shown.output() : "[]";
            for (JsonNode link : WireJson.tree(json.getBytes(StandardCharsets.UTF_8))) {
                for (JsonNode address : link.path("addr_info")) {
                    if (!link.path("ifname").asText().equals("lo")) {
                        found.add(address.path("local").asText());
                    }
                }
            }
            return found;
        } catch (IOException e) {
            throw new LabFailed("what ip printed for the namespace " + namespace + ": " + e.getMessage(), e);
        }
    }

    private static void removeNamespace(String namespace) {
        if (Files.exists(NAMESPACES.resolve(namespace))) {
            Program.run("ip", "netns", "delete", namespace);
        }
    }

    private static void removeLink(String link) {
        if (Files.exists(INTERFACES.resolve(link))) {
            // its other end may go at the same moment, and take it along
            CommandOutcome removed = Program.attempt("ip", "link", "delete", link);
            if (!removed.succeeded() && Files.exists(INTERFACES.resolve(link))) {
                throw new LabFailed("cannot remove the link " + link + ": " + Program.said(removed));
            }
        }
    }

    private static boolean bridgedPacketsAreFiltered() {
        return setting(BRIDGED_PACKETS_FILTERED).equals("1");
    }

    /** A setting of the kernel; empty if it has none such. */
    private static String setting(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private String[] forwarding(String action) {
        return new String[]{"iptables", action, "FORWARD", "-i", plan.bridge(), "-o", plan.bridge(), "-j", "ACCEPT"};
    }
}
