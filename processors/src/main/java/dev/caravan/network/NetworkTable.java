package dev.caravan.network;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A table of Caravan's own in a container's network namespace, which CRIU's network lock neither sees nor removes. It
 * comes before connection tracking. ARP is answered all the time, by the kernel, so that neighbours do not declare the
 * address dead.
 */
enum NetworkTable {
    /**
     * Keeps packets from a frozen container, both ways: nothing reaches a socket, nothing is answered, not even with a
     * reset, also for established connections. Loopback inside the container goes on: both of its ends are frozen
     * together. IPv6 neighbour discovery is not answered.
     */
    FENCE("""
          chain in { type filter hook input priority -300; policy drop; iif "lo" accept; }
          chain out { type filter hook output priority -300; policy drop; oif "lo" accept; }
          chain through { type filter hook forward priority -300; policy drop; }
          """),
    /**
     * Keeps the kernel from answering for sockets that do not exist yet, or no more: a peer that sends again what it sent
     * to the other copy would take a reset for the container's word. What the container itself sends passes.
     */
    MUTE("""
         chain out {
           type filter hook output priority -300;
           oif "lo" accept
           tcp flags & rst == rst drop
           icmp type destination-unreachable drop
           icmpv6 type destination-unreachable drop
         }
         """);

    private final String absent;
    private final String present;

    NetworkTable(String chains) {
        String table = "table inet caravan_" + name().toLowerCase(Locale.ROOT);
        absent = "add " + table + "\ndelete " + table + "\n";
        present = absent + table + " {\n" + chains + "}\n";
    }

    void raise(IpTool ip, Path namespace) throws IOException {
        ip.in(namespace, present, "nft", "-f", "-");
    }

    void lower(IpTool ip, Path namespace) throws IOException {
        ip.in(namespace, absent, "nft", "-f", "-");
    }

    boolean isUp(IpTool ip, Path namespace) throws IOException {
        return ip.in(namespace, "", "nft", "list", "tables", "inet").lines()
                .anyMatch(("table inet caravan_" + name().toLowerCase(Locale.ROOT))::equals);
    }
}
