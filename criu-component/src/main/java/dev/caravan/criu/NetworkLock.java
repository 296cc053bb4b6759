package dev.caravan.criu;

import java.util.Locale;

/** How CRIU keeps packets away from TCP connections from their dump until their restore. */
public enum NetworkLock {
    /** Rules of {@code iptables}: CRIU's own default. */
    IPTABLES,
    /** Rules of {@code nft}; CRIU must be built with it. */
    NFTABLES,
    /** Nothing: the caller has cut the container's network already, and does so at the destination. Fastest. */
    SKIP;

    String option() {
        return "network-lock " + name().toLowerCase(Locale.ROOT);
    }
}
