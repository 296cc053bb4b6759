package dev.caravan.network;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Keeps packets from a frozen container, both ways: nothing reaches a socket, nothing is answered, not even with a
 * reset, also for established connections, because the table comes before connection tracking. It is a table of its
 * own in the container's namespace, which CRIU's network lock neither sees nor removes. Loopback inside the container
 * goes on: both of its ends are frozen together. ARP is still answered, by the kernel, so that
 * neighbours do not declare the address dead; IPv6 neighbour discovery is not.
 */
final class NetworkFence {
    static final String TABLE = "caravan_fence";

    private static final String ABSENT = "add table inet " + TABLE + "\ndelete table inet " + TABLE + "\n";
    private static final String PRESENT = ABSENT + """
                                                   table inet caravan_fence {
                                                     chain in {
                                                       type filter hook input priority -300; policy drop;
                                                       iif "lo" accept
                                                     }
                                                     chain out {
                                                       type filter hook output priority -300; policy drop;
                                                       oif "lo" accept
                                                     }
                                                     chain through {
                                                       type filter hook forward priority -300; policy drop;
                                                     }
                                                   }
                                                   """;

    private final IpTool ip;

    NetworkFence(IpTool ip) {
        this.ip = ip;
    }

    void raise(Path namespace) throws IOException {
        ip.in(namespace, PRESENT, "nft", "-f", "-");
    }

    void lower(Path namespace) throws IOException {
        ip.in(namespace, ABSENT, "nft", "-f", "-");
    }

    boolean isUp(Path namespace) throws IOException {
        return ip.in(namespace, "", "nft", "list", "tables", "inet").lines().anyMatch(("table inet " + TABLE)::equals);
    }
}
