package dev.caravan.image;

import java.util.regex.Pattern;

/**
 * The names of the files that a checkpoint by runc and CRIU 4.2 consists of ({@code criu/image-desc.c}). Others are not
 * taken: CRIU also reads names that it stopped writing long ago, which would be second places for the same things.
 */
public final class ImageNames {
    private static final Pattern NAMES = Pattern.compile("descriptors\\.json|stats-dump|("
            + "inventory|pstree|files|cgroup|seccomp|apparmor|timens-0|cpuinfo|tty|tty-info|tty-data|filelocks"
            + "|reg-files|ext-files|ns-files|eventfd|eventpoll|eventpoll-tfd|signalfd|inotify|inotify-wd|fanotify"
            + "|fanotify-mark|pipes|pipes-data|fifo|fifo-data|unixsk|inetsk|packetsk|netlinksk|sk-queues|remap-fpath"
            + "|memfd|tunfile|timerfd|bpfmap-file|bpfmap-data|pidfd"
            + "|(core|ids|mm|fs|fdinfo|pagemap|pagemap-shmem|pages|utsns|ipcns-var|ipcns-shm|ipcns-msg|ipcns-sem"
            + "|mountpoints|netdev|netns|ifaddr|route|route6|rule|iptables|ip6tables|nftables|netns-ct|netns-exp|userns"
            + "|timens|pidns)-[0-9]{1,20}"
            + "|(ghost-file|tcp-stream)-[0-9a-f]{1,16}"
            + "|(tmpfs|tmpfs-dev)-[0-9]{1,20}\\.tar\\.gz)\\.img");

    private ImageNames() {
    }

    /** Whether a file of a checkpoint may have this name. */
    public static boolean isKnown(String name) {
        return NAMES.matcher(name).matches();
    }
}
