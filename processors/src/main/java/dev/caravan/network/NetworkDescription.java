package dev.caravan.network;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What of a container's network moves with it. It has one Ethernet interface beside loopback. Made from another
 * machine's JSON: whatever is out of range throws {@link IllegalArgumentException}.
 *
 * @param name      the interface's name, 1 to 15 characters of letters, digits, {@code . _ -}
 * @param mac       its hardware address, six hexadecimal bytes with colons, no group address
 * @param mtu       68 to 65535 bytes
 * @param addresses its global addresses, at most {@value #MAX_ADDRESSES}
 * @param gateways  next hops of the default routes: at most one IPv4 and one IPv6 address
 */
public record NetworkDescription(String name, String mac, int mtu, List<InterfaceAddress> addresses,
        List<String> gateways) {

    /** A container's interface has at most this many addresses. */
    public static final int MAX_ADDRESSES = 16;

    private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,14}");
    private static final Pattern MAC = Pattern.compile("[0-9a-f][02468ace](:[0-9a-f]{2}){5}");

    public NetworkDescription {
        addresses = List.copyOf(addresses);
        gateways = List.copyOf(gateways);
        require(isInterface(name) && !name.equals("lo"), "name");
        require(mac != null && MAC.matcher(mac).matches(), "mac");
        require(mtu >= 68 && mtu <= 65535, "mtu");
        require(addresses.size() <= MAX_ADDRESSES, "addresses");
        gateways.forEach(InterfaceAddress::require);
        require(gateways.stream().map(InterfaceAddress::isIpv6).distinct().count() == gateways.size(), "gateways");
    }

    /** Whether {@code name} can be an interface's, and a word of a command. */
    static boolean isInterface(String name) {
        return name != null && INTERFACE.matcher(name).matches();
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("a container's network has an impossible " + what);
        }
    }
}
