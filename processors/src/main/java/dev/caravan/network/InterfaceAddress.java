package dev.caravan.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * An address of a container with the prefix of its network.
 *
 * @param address IPv4 dotted or IPv6 text, never a name
 * @param prefix  0 to 32, or 0 to 128 for IPv6
 */
public record InterfaceAddress(String address, int prefix) {
    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]{1,44}");

    public InterfaceAddress {
        require(address);
        if (prefix < 0 || prefix > (isIpv6(address) ? 128 : 32)) {
            throw new IllegalArgumentException("prefix " + prefix + " of " + address + " is out of range");
        }
    }

    public boolean inet6() {
        return isIpv6(address);
    }

    static boolean isIpv6(String address) {
        return address.indexOf(':') >= 0;
    }

    /** Refuses what is no literal address; descriptions come from other machines and become arguments of tools. */
    static void require(String address) {
        if (address == null || !(isIpv6(address) ? isIpv6Literal(address) : isIpv4Literal(address))) {
            throw new IllegalArgumentException("not an IP address");
        }
    }

    private static boolean isIpv4Literal(String address) {
        var parts = IPV4.matcher(address);
        if (!parts.matches()) {
            return false;
        }
        for (int i = 1; i <= 4; i++) {
            if (Integer.parseInt(parts.group(i)) > 255) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6Literal(String address) {
        if (!IPV6.matcher(address).matches()) {
            return false;
        }
        try {
            // Text with a colon is parsed, never looked up.
            return InetAddress.getByName(address).getAddress().length == 16;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** As tools write it, for example {@code 10.88.0.20/24}. */
    @Override
    public String toString() {
        return address + "/" + prefix;
    }
}
