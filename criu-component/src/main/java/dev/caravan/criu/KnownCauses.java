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

    private record Rule(Pattern line, String sentence) {
    }

    private static final List<Rule> RULES = List.of(
            rule("No space left on device",
                    "No space is left where the image is written or the files are: a checkpoint needs about"
                            + " as much as the container's memory"),
            rule("io_uring|send_fds failed \\(-22\\)",
                    "A process uses io_uring, which CRIU cannot dump: turn it off in the application"),
            rule("Can't dump ghost file (\\S+) of (\\d+) size",
                    "The open but deleted file $1 ($2 bytes) is larger than the limit for such files: raise"
                            + " the ghost limit"),
            rule("Can't create link remap for (\\S+)\\. Use link-remap",
                    "The open file $1 was deleted while another name of it remains, so CRIU cannot name it"),
            rule("Can't dump file \\d+ of that type \\[\\d+\\] \\((chr|blk) (\\d+:\\d+)\\)",
                    "A process has the device $1 $2 open, whose state cannot leave this machine"),
            rule("Can't dump file \\d+ of that type \\[\\d+\\] \\(anon (?:anon_inode:)?\\[?([\\w-]+)",
                    "A process has a file of kind $1 open, which CRIU cannot dump"),
            rule("Can't dump file \\d+ of that type",
                    "A process has a file open of a kind that CRIU cannot dump"),
            rule("Can't lookup mount=\\d+ for fd=([012]) path=(\\S+)",
                    "Its standard stream $1 is the file $2 outside of its mounts: start it with /dev/null or"
                            + " pipes instead"),
            rule("Can't lookup mount=\\d+ for fd=\\d+ path=(\\S+)",
                    "A process has the file $1 open, which is outside of the container's mounts"),
            rule("Open files on overmounted mounts are not supported.*path=(\\S+)",
                    "A process has the file $1 open, over which something else is mounted now"),
            rule("External socket is used|Ext stream not supported|Dangling connection \\d+",
                    "A process is connected through a Unix socket to something outside of the container"),
            rule("In-flight connection",
                    "A connection waits to be accepted by a server in the container: try again"),
            rule("Connected TCP socket",
                    "There are TCP connections, which are carried along only when that is asked for"),
            rule("Found dangling tty|cannot allocate tty",
                    "The container has a terminal, whose other end is outside of it: run it with"
                            + " \"terminal\": false"),
            rule("Can't dump nested (\\w+) namespace",
                    "A process has made a $1 namespace of its own, which CRIU cannot dump"),
            rule("mnt: FS mnt (\\S+) dev \\S+ root \\S+ unsupported id",
                    "A file system of a kind that CRIU does not know is mounted at $1 in the container"),
            rule("mnt: (?:Mount )?\\d++:?(\\S*+) .*(?:unreachable sharing|proper root mount)|has"
                    + " unreachable sharing",
                    "A mount in the container shares with, or comes from, a place outside of it that its"
                            + " configuration does not name"),
            rule("/secretmem",
                    "A process has secret memory (memfd_secret), which nobody else can read"),
            rule("zombie \\d+ \\(comm (\\S+)\\) found while seizing",
                    "The process $1 is being traced, or has ended and nobody waits for it"),
            rule("Unknown socket collected \\(family \\d+\\)|Unsupported socket (?:family|type):"
                    + " \\d+|Unsupported proto \\d+|Can't dump \\d+ inet socket|Unsupported type \\(\\d+\\) on"
                    + " socket",
                    "A process has a socket of a kind that CRIU cannot dump"),
            rule("has uprobes vma",
                    "A process is being watched by uprobes: end the tracing before"),
            rule("fsnotify: |irmap: ",
                    "A process watches files by inotify or fanotify in a way that CRIU cannot dump"),
            rule("Some file locks are hold|Unknown file lock|Dump file lock failed",
                    "A process holds a file lock that cannot be carried along"),
            rule("Locking network failed|execvp\\(.ip6?tables|Iptables configuration failed",
                    "TCP connections could not be kept still: install iptables, or choose another network"
                            + " lock"),
            rule("Can't get \\d+:\\d+ opt|TCP_REPAIR|TCP repair",
                    "The state of TCP connections could not be read or written: CRIU 4.2 or later and root"
                            + " are needed"),
            rule("splice: -1: Bad file descriptor",
                    "Pipes are too small for memory: set fs.pipe-max-size to 4194304 or more"),
            rule("Tracking memory is not available",
                    "The kernel does not track changed memory: boot one with CONFIG_MEM_SOFT_DIRTY"),
            rule("UFFD is not supported|on-cooperative UFFD",
                    "The kernel lacks userfaultfd, which lazy memory needs"),
            rule("CPU (?:Feature|xfeatures|xsave|instruction|capabilities)",
                    "This machine's processor lacks something that the container may use"),
            rule("Unexpected rt vDSO area bounds",
                    "CRIU is too old for this kernel: install 4.2 or later"),
            rule("Function not implemented|kernel is too old|Kernel doesn't support|failed when"
                    + " initializing kerndat",
                    "The kernel lacks something that CRIU needs: see criu check"),
            rule("Can't open file (\\S+) on restore|File (\\S+) has bad ",
                    "The file $1$2, which the container has open, is missing or different here"),
            rule("Cannot assign requested address",
                    "The container's IP address does not exist in its network namespace here"),
            rule("Address already in use",
                    "An address or port that the container uses is taken here"),
            rule("Can't fork for \\d+: File exists|Pid \\d+ do not match expected",
                    "A process number that the container needs is taken here: give it a PID namespace of its"
                            + " own"),
            rule("network namespace (\\S+) does not exist",
                    "The network namespace $1 does not exist here"),
            rule("cgroup unexpectedly frozen",
                    "Its cgroup here is frozen, or another container's: give each container a cgroupsPath of"
                            + " its own"),
            rule("container with given ID already exists",
                    "A container of this name exists here already"),
            rule("container does not exist",
                    "No container of this name exists here"),
            rule("cannot be checkpointed in \\w+ state|container not running",
                    "It does not run"),
            rule("container not paused",
                    "It is not paused"),
            rule("executable file not found",
                    "CRIU is not where it was said to be"),
            rule("CRIU version (?:\\d+ must be|check failed)",
                    "CRIU does not start, or is too old: install 4.2 or later"),
            rule("descriptors\\.json: no such file|empty-image|Images corrupted",
                    "The image is incomplete"),
            rule("post-restore script ret code",
                    "The commit gate was closed"),
            rule("Out of memory|Cannot allocate memory",
                    "There is not enough memory"),
            rule("Operation not permitted",
                    "The kernel refuses it: root with all capabilities is needed"));

    private KnownCauses() {
    }

    /**
     * @param lines
     *            of logs, the first written first, none of them long
     * @return the sentence of the rule that fits; empty if none does
     */
    static Optional<String> in(List<String> lines) {
        for (Rule rule : RULES) {
            for (String line : lines) {
                Matcher matcher = rule.line.matcher(line);
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
