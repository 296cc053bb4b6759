package dev.caravan.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what a namespace's network is like. */
final class NetworkReader {
    private final IpTool ip;

    NetworkReader(IpTool ip) {
        this.ip = ip;
    }

    NetworkDescription describe(Path namespace) throws IOException {
        JsonNode link = onlyEthernet(ip.listIn(namespace, "ip", "-j", "addr", "show"), namespace);
        String name = link.path("ifname").asText();
        List<String> gateways = new ArrayList<>();
        for (String family : List.of("-4", "-6")) {
            gateway(ip.listIn(namespace, "ip", "-j", family, "route", "show", "default", "dev", name))
                    .ifPresent(gateways::add);
        }
        try {
            return new NetworkDescription(name, link.path("address").asText(), link.path("mtu").asInt(),
                    addresses(link), gateways);
        } catch (IllegalArgumentException e) {
            throw new NetworkFailed("the network of " + namespace + " cannot be moved: " + e.getMessage(), e);
        }
    }

    /** The one Ethernet interface that is up; tunnels that the kernel makes by itself are none. */
    static JsonNode onlyEthernet(List<JsonNode> links, Path namespace) throws NetworkFailed {
        List<JsonNode> ethernet = links.stream().filter(link -> link.path("link_type").asText().equals("ether"))
                .filter(link -> hasFlag(link, "UP")).toList();
        if (ethernet.size() != 1) {
            throw new NetworkFailed("the network of " + namespace + " has " + ethernet.size()
                    + " Ethernet interfaces that are up; only a container with exactly one can be moved");
        }
        return ethernet.get(0);
    }

    static boolean hasFlag(JsonNode link, String flag) {
        for (JsonNode each : link.path("flags")) {
            if (each.asText().equals(flag)) {
                return true;
            }
        }
        return false;
    }

    /** Global addresses; link-local ones follow from the hardware address. */
    private static List<InterfaceAddress> addresses(JsonNode link) {
        List<InterfaceAddress> addresses = new ArrayList<>();
        for (JsonNode address : link.path("addr_info")) {
            if (address.path("scope").asText().equals("global")) {
                addresses.add(
                        new InterfaceAddress(address.path("local").asText(), address.path("prefixlen").asInt()));
            }
        }
        return addresses;
    }

    private static Optional<String> gateway(List<JsonNode> routes) {
        return routes.stream().map(route -> route.path("gateway").asText()).filter(text -> !text.isEmpty())
                .findFirst();
    }

    /** The container's place on a bridge of this namespace: the two ends of a pair name each other's number. */
    ContainerPort find(Path namespace) throws IOException {
        JsonNode inside = onlyEthernet(ip.listIn(namespace, "ip", "-j", "link", "show"), namespace);
        int outsideIndex = inside.path("link_index").asInt(-1);
        for (JsonNode link : ip.list("ip", "-j", "link", "show", "type", "veth")) {
            if (link.path("ifindex").asInt() == outsideIndex
                    && link.path("link_index").asInt(-1) == inside.path("ifindex").asInt()) {
                return new ContainerPort(namespace, inside.path("ifname").asText(), inside.path("address").asText(),
                        link.path("ifname").asText());
            }
        }
        throw new NetworkFailed("the interface of " + namespace + " is not a veth pair with an end on this host");
    }
}
