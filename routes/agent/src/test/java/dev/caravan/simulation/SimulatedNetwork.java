package dev.caravan.simulation;

import dev.caravan.criu.Command;
import dev.caravan.criu.CommandExecutor;
import dev.caravan.criu.CommandOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A host's {@code ip} and {@code nft}, as far as migrations need them: links and fences are flags of objects. */
final class SimulatedNetwork {
    static final String MAC = "02:00:00:00:00:01";
    private static final int INSIDE = 2;
    private static final Pattern PAIR = Pattern
            .compile("link add (\\S+) type veth peer name (\\S+) netns (\\S+)\n(?s).*");
    private static final Pattern PROCESS = Pattern.compile("/proc/(\\d+)/ns/net");

    private final SimulatedHost host;
    private final Path names;
    private final Map<String, Net> nets = new TreeMap<>();
    private int indexes = 100;

    /** One network namespace with one link. */
    static final class Net {
        private final String inside;
        private final String outside;
        private final int index;
        private String address = "10.0.0.2/24";
        private boolean configured;
        boolean up;
        private final Set<String> tables = new TreeSet<>();

        /** Whether packets reach what is there, and its answers leave. */
        boolean isReachable() {
            return up && tables.isEmpty();
        }

        private Net(String inside, String outside, int index) {
            this.inside = inside;
            this.outside = outside;
            this.index = index;
        }
    }

    SimulatedNetwork(SimulatedHost host, Path names) {
        this.host = host;
        this.names = names;
    }

    /** Where named namespaces are. */
    Path names() {
        return names;
    }

    /** The network of a container that somebody starts here. */
    Path connect(String name) {
        Net net = new Net("eth0", "veth-" + name, indexes++);
        net.configured = true;
        net.up = true;
        put(name, net);
        return names.resolve(name);
    }

    synchronized List<Net> nets() {
        return List.copyOf(nets.values());
    }

    synchronized Net net(Path namespace) {
        return nets.get(String.valueOf(namespace.getFileName()));
    }

    void reboot() {
        nets.clear();
        SimulatedHost.delete(names);
    }

    private void put(String name, Net net) {
        nets.put(name, net);
        SimulatedRuntime.write(names.resolve(name), "");
    }

    /** As an agent calls them. */
    CommandExecutor as(SimulatedAgent agent) {
        return command -> {
            if (agent.stepFails(what(command))) {
                return failed("it is busy");
            }
            synchronized (this) {
                return run(command);
            }
        };
    }

    private static String what(Command command) {
        return String.join(" ", command.arguments()).replaceFirst("^nsenter \\S+ -- ", "").replaceFirst("/.*", "");
    }

    private CommandOutcome run(Command command) throws IOException {
        List<String> words = command.arguments();
        if (!words.get(0).equals("nsenter")) {
            return here(String.join(" ", words), command.input());
        }
        Path namespace = Path.of(words.get(1).replace("--net=", ""));
        Matcher process = PROCESS.matcher(namespace.toString());
        Net net = process.matches() ? host.net(Integer.parseInt(process.group(1))) : net(namespace);
        return net == null
                ? failed("no namespace " + namespace)
                : inside(net, String.join(" ", words.subList(3, words.size())), command.input());
    }

    private CommandOutcome here(String line, String input) throws IOException {
        String last = line.substring(line.lastIndexOf(' ') + 1);
        if (line.equals("ip -j link show type veth")) {
            return done(nets.values().stream().map(net -> """
                                                          {"ifname":"%s","ifindex":%d,"link_index":%d,"flags":[%s]}"""
                    .formatted(net.outside, net.index, INSIDE, net.up ? "\"UP\"" : ""))
                    .collect(Collectors.joining(",", "[", "]")));
        }
        if (line.startsWith("ip netns add ")) {
            SimulatedRuntime.write(names.resolve(last), "");
            return done("");
        }
        if (line.startsWith("ip netns delete ")) {
            Files.delete(names.resolve(last));
            nets.remove(last);
            return done("");
        }
        if (line.equals("ip -batch -")) {
            Matcher pair = PAIR.matcher(input);
            if (!pair.matches()) {
                return failed("this is not understood: " + input);
            }
            put(pair.group(3), new Net(pair.group(2), pair.group(1), indexes++));
            return done("");
        }
        if (line.startsWith("ip link delete ")) {
            nets.values().removeIf(net -> net.outside.equals(last));
            return done("");
        }
        String[] words = line.split(" ");
        Net net = nets.values().stream().filter(one -> one.outside.equals(words[words.length - 2])).findFirst()
                .orElse(null);
        if (net == null || !line.startsWith("ip link set ")) {
            return failed("no such link: " + line);
        }
        net.up = last.equals("up");
        host.told("link " + last);
        return done("");
    }

    private CommandOutcome inside(Net net, String line, String input) {
        return switch (line) {
            case "ip -j addr show" -> done(net.configured
                    ? """
                      [{"ifname":"%s","link_type":"ether","flags":["UP"],"address":"%s","mtu":1500,"ifindex":%d,"link_index":%d,
                        "addr_info":[{"scope":"global","local":"%s","prefixlen":24}]}]"""
                            .formatted(net.inside, MAC, INSIDE, net.index, net.address.replaceFirst("/.*", ""))
                    : "[]");
            case "ip -j link show" ->
                done("""
                     [{"ifname":"%s","link_type":"ether","flags":["UP"],"address":"%s","ifindex":%d,"link_index":%d}]"""
                        .formatted(net.inside, MAC, INSIDE, net.index));
            case "ip -batch -" -> {
                net.configured = true;
                yield done("");
            }
            case "nft -f -" -> {
                String table = input.lines().findFirst().orElseThrow().replaceFirst("^add ", "");
                boolean up = input.contains(table + " {");
                if (up ? net.tables.add(table) : net.tables.remove(table)) {
                    host.told(table.replaceFirst(".*_", "") + (up ? " up" : " down"));
                }
                yield done("");
            }
            case "nft list tables inet" -> done(String.join("\n", net.tables));
            default -> done(line.startsWith("ip -j -") ? "[]" : "");
        };
    }

    private static CommandOutcome done(String output) {
        return new CommandOutcome(0, output, "");
    }

    private static CommandOutcome failed(String why) {
        return new CommandOutcome(1, "", why);
    }
}
