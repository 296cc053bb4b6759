package dev.caravan.criu;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What CRIU's and runc's messages mean to a person. The first rule that fits any line wins, so rules for what lies
 * deepest come first; of the lines that fit a rule, the first one in the log is the cause.
 */
final class KnownCauses {

    /** Longest line that is looked at, in characters: a longer one is no message. */
    private static final int MAX_LINE = 4096;

    private record Rule(Pattern line, String sentence) {
    }

    private static final List<Rule> RULES = List.of(
            rule("No space left on device|\\(ENOSPC\\)|sendfile.*No space",
                    "No space is left where the image is written: a checkpoint needs about as much as the container's"
                            + " memory"),
            rule("anon_inode:\\[io_uring\\]|io_uring.*(?:not supported|Can't dump)|send_fds failed \\(-22\\)",
                    "A process uses io_uring, which CRIU cannot dump: turn it off in the application"),
            rule("Can't dump ghost file (\\S+) of (\\d+) size",
                    "The open but deleted file $1 ($2 bytes) is larger than the limit for such files: raise the"
                            + " ghost limit"),
            rule("Can't create link remap for (\\S+)\\. Use link-remap",
                    "The open file $1 was deleted while another name of it remains: CRIU cannot find that other name"),
            rule("Can't dump file \\d+ of that type \\[\\d+\\] \\((chr|blk) (\\d+:\\d+)\\)",
                    "A process has the device $2 ($1) open, whose state cannot leave this machine: close it before"),
            rule("Can't dump file \\d+ of that type \\[\\d+\\] \\(anon (?:anon_inode:)?\\[?([\\w-]+)\\]?\\)",
                    "A process has a file of kind $1 open, which CRIU cannot dump"),
            rule("Can't dump file \\d+ of that type",
                    "A process has a file open of a kind that CRIU cannot dump: see the log"),
            rule("Can't lookup mount=\\d+ for fd=([012]) path=(\\S+)",
                    "Its standard stream $1 is the file $2 outside of its mounts: start it with /dev/null or pipes"
                            + " instead"),
            rule("Can't lookup mount=\\d+ for fd=\\d+ path=(\\S+)",
                    "A process has the file $1 open, which is outside of the container's mounts"),
            rule("Open files on overmounted mounts are not supported.*path=(\\S+)",
                    "A process has the file $1 open, over which something else is mounted now"),
            rule("(?:External socket is used|External unix socket|Dangling connection \\d+|unix: Ext(?:ernal)? stream)",
                    "A process is connected through a Unix socket to something outside of the container: end that"
                            + " connection before"),
            rule("In-flight connection",
                    "A connection waits to be accepted by a server in the container: try again"),
            rule("Connected TCP socket",
                    "The image holds TCP connections, which may be dumped and restored only when that is asked for"),
            rule("(?:No |Can't find|failed to find).{0,40}(?:tty|pty|terminal)|tty: .*(?:Found dangling|"
                    + "Can't (?:dump|find|restore)|No (?:tty|peer))|terminal.*(?:console|socket)|"
                    + "cannot allocate tty",
                    "The container has a terminal whose other end is outside of it: run it with"
                            + " \"terminal\": false"),
            rule("Can't dump nested (\\w+) namespace",
                    "A process has made a $1 namespace of its own, which CRIU cannot dump"),
            rule("mnt: FS mnt (\\S+) dev \\S+ root \\S+ unsupported id",
                    "A file system of a kind that CRIU does not know is mounted at $1 in the container"),
            rule("mnt: Mount \\d+ (\\S+) .*(?:is not a file system root|unreachable sharing|has no)",
                    "The mount at $1 in the container comes from outside of it and is not in its configuration"),
            rule("(?:memfd_secret|/secretmem)",
                    "A process has secret memory (memfd_secret), which nobody else can read"),
            rule("(?:Unable to interrupt|zombie) .*while seizing|Task \\d+ is already traced|zombie \\d+ .*seizing",
                    "A process is being traced, or is a zombie that nobody waits for: end the debugger before"),
            rule("BUG! Unknown socket collected \\(family (\\d+)\\)|Unsupported socket family: (\\d+)|"
                    + "Unsupported proto (\\d+)|Can't dump \\d+ inet socket|Unsupported type \\(\\d+\\) on socket",
                    "A process has a socket of a kind that CRIU cannot dump (only TCP, UDP, Unix, packet and netlink"
                            + " sockets can be)"),
            rule("has uprobes vma", "A process is being watched by uprobes: end the tracing before"),
            rule("(?:fsnotify|inotify|fanotify): .*(?:Can't|Unhandled|[Ff]ailed|unsupported)|irmap: .*[Ff]ailed",
                    "A process watches files by inotify or fanotify in a way that CRIU cannot dump"),
            rule("file.?locks?.*(?:not supported|Some file locks|external)|Some file locks are hold by dumping tasks",
                    "A process holds a file lock that cannot be carried along"),
            rule("Locking network failed|iptables-restore|(?:ip6?tables|nft).*(?:not found|No such file|failed)|"
                    + "Iptables configuration failed|(?:exec|execvp)\\S* (?:ip6?tables|nft)",
                    "TCP connections could not be locked: install iptables (iptables-restore), or choose another"
                            + " network lock"),
            rule("Can't get 1:16 opt|TCP_REPAIR|tcp_repair|libsocr is not supported",
                    "The state of TCP connections could not be read: CRIU 4.2 or later and TCP repair in the kernel"
                            + " are needed"),
            rule("splice: -1: Bad file descriptor|F_SETPIPE_SZ",
                    "Pipes are too small for memory pages: set fs.pipe-max-size to 4194304 or more"),
            rule("Dirty tracking.*(?:not supported|OFF but)|Tracking memory is not available|CONFIG_MEM_SOFT_DIRTY",
                    "The kernel cannot track changed memory (CONFIG_MEM_SOFT_DIRTY)"),
            rule("UFFD is not supported|[Nn]on-cooperative UFFD",
                    "The kernel lacks userfaultfd, which lazy memory needs"),
            rule("CPU (?:Feature|xfeatures|capabilities)|cpu: .*(?:mismatch|not supported|incompatible)",
                    "This machine's processor lacks something that the container has been using"),
            rule("rt vDSO area bounds|vdso: .*(?:Can't|Unexpected)",
                    "This CRIU is too old for this kernel: 4.2 or later is needed"),
            rule("(?:prctl|kcmp|clone3?|PTRACE_O_SUSPEND_SECCOMP)[^:]*:? .*(?:is not supported|ENOSYS)|"
                    + "Function not implemented|Kernel (?:does not|doesn't) support (.+)|kernel is too old",
                    "The kernel lacks something that CRIU needs: run `criu check`"),
            rule("Can't open file (\\S+) on restore|File (\\S+) has bad (?:size|mode|build-ID|checksum)",
                    "A file that the container has open is missing or different here: $1$2"),
            rule("Can't (?:open|stat) (?:root |rootfs )?(\\S+): No such file or directory|"
                    + "Unable to open (\\S+): No such file",
                    "Something that the container needs is missing here: $1$2"),
            rule("inet: Can't bind inet socket.*(?:Cannot assign|requested address)|Cannot assign requested address",
                    "The container's IP address does not exist in its network namespace here"),
            rule("Can't bind inet socket.*Address already in use|Address already in use",
                    "An address or port that the container uses is taken here"),
            rule("Can't fork for \\d+: File exists|Pid \\d+ do not match expected|File exists.*clone",
                    "A process number that the container needs is taken here: give it a PID namespace of its own"),
            rule("network namespace (\\S+) does not exist", "The network namespace $1 does not exist here"),
            rule("container with (?:given )?(?:id|ID)[^\"]* already exists|container with id exists",
                    "A container of this name exists here already"),
            rule("container does not exist", "No container of this name exists here"),
            rule("[Cc]ontainer cannot be checkpointed in (\\w+) state|container not running|container is not running",
                    "It does not run"),
            rule("container not paused", "It is not paused"),
            rule("CRIU version (\\d+) must be|CRIU version check failed",
                    "CRIU is missing, does not start, or is too old"),
            rule("exec: \"criu\": executable file not found", "There is no program named criu on the PATH"),
            rule("descriptors\\.json: no such file|inventory\\.img|Can't open (?:dir|images)|Images corrupted",
                    "The image is incomplete"),
            rule("Script \\S+ exited with|post-restore script ret code",
                    "The commit gate was closed before the container ran"),
            rule("Out of memory|Cannot allocate memory|oom-kill", "There is not enough memory"),
            rule("Operation not permitted", "It takes root with all capabilities: see the log"));

    private KnownCauses() {
    }

    /**
     * @param lines
     *            of logs, the first written first
     * @return the sentence of the rule that fits; empty if none does
     */
    static Optional<String> in(List<String> lines) {
        for (Rule rule : RULES) {
            for (String line : lines) {
                Matcher matcher = rule.line.matcher(line.length() > MAX_LINE ? line.substring(0, MAX_LINE) : line);
                if (matcher.find()) {
                    return Optional.of(fill(rule.sentence, matcher));
                }
            }
        }
        return Optional.empty();
    }

    private static String fill(String sentence, Matcher matcher) {
        String filled = sentence;
        for (int group = 1; group <= matcher.groupCount(); group++) {
            String value = matcher.group(group);
            filled = filled.replace("$" + group, value == null ? "" : value);
        }
        return filled;
    }

    private static Rule rule(String line, String sentence) {
        return new Rule(Pattern.compile(line), sentence);
    }
}
