package dev.caravan.criu;

import dev.caravan.criu.Requirement.Standing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at what this machine offers to checkpoint and restore. It changes nothing. */
public final class EnvironmentCheck {

    /** First version that dumps TCP sockets on kernels from 6.12 on. */
    private static final int[] OLDEST_CRIU = {4, 2};

    /** First version with {@code clone3} and its choice of process numbers, by which CRIU restores. */
    private static final int[] OLDEST_KERNEL = {5, 5};

    private static final int[] OLDEST_RUNC = {1, 1};

    /** What CRIU asks of its pipes, in bytes. */
    private static final long PIPE_SIZE = 4L * 1024 * 1024;

    /** The exit status of {@link #main} on a machine that is not fit. */
    private static final int UNFIT = 4;

    /** Nothing that is read of the kernel is longer. */
    private static final int MAX_BYTES = 64 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\S*");

    private final RuncConfiguration configuration;
    private final CommandExecutor executor;
    private final Path root;

    /**
     * @param configuration
     *            where the programs are
     */
    public EnvironmentCheck(RuncConfiguration configuration) {
        this(configuration, new LocalExecutor(), Path.of("/"));
    }

    EnvironmentCheck(RuncConfiguration configuration, CommandExecutor executor, Path root) {
        this.configuration = configuration;
        this.executor = executor;
        this.root = root;
    }

    /**
     * Prints a line a need, for runc and CRIU as the PATH has them; ends with status 4 if one is missing.
     *
     * @param arguments
     *            none
     */
    public static void main(String[] arguments) {
        EnvironmentReport report = new EnvironmentCheck(
                new RuncConfiguration(Path.of("runc"), Path.of("/run/runc"), Path.of("criu"))).run();
        report.lines().forEach(System.out::println);
        System.exit(report.fit() ? 0 : UNFIT);
    }

    /** @return every need and whether it is met */
    public EnvironmentReport run() {
        return new EnvironmentReport(List.of(user(), kernel(), cgroup(), runc(), criu(), criuCheck(), networkLock(),
                pipes(), softDirty(), lazyPages()));
    }

    private Requirement user() {
        String effective = read("proc/self/status").lines().filter(line -> line.startsWith("Uid:"))
                .map(line -> line.split("\\s+")[2]).findFirst().orElse("unknown");
        return need("user", effective.equals("0"), Standing.MISSING, "user " + effective,
                "CRIU and runc look into other processes", "run as root (user 0)");
    }

    private Requirement kernel() {
        String release = read("proc/sys/kernel/osrelease").strip();
        return need("kernel", atLeast(release, OLDEST_KERNEL), Standing.MISSING, "Linux " + release,
                "CRIU restores process numbers by clone3", "boot Linux 5.5 or later");
    }

    private Requirement cgroup() {
        boolean unified = Files.exists(root.resolve("sys/fs/cgroup/cgroup.controllers"));
        boolean freezer = Files.isDirectory(root.resolve("sys/fs/cgroup/freezer"));
        String found = unified ? "version 2" : freezer ? "version 1 with freezer" : "no freezer";
        return need("cgroup", unified || freezer, Standing.MISSING, found, "containers are frozen by their cgroup",
                "mount cgroup version 2 at /sys/fs/cgroup, or version 1 with the freezer controller");
    }

    private Requirement runc() {
        String said = ask(configuration.runc().toString(), "--version");
        String version = version(said);
        return need("runc", atLeast(version, OLDEST_RUNC), Standing.MISSING, version.isEmpty() ? "none" : version,
                "it runs the containers", "install runc 1.1 or later, as by: apt-get install runc");
    }

    private Requirement criu() {
        String version = version(ask(configuration.criu().toString(), "--version"));
        return need("criu", atLeast(version, OLDEST_CRIU), Standing.MISSING, version.isEmpty() ? "none" : version,
                "earlier ones cannot dump TCP sockets on current kernels", "install CRIU 4.2 or later");
    }

    private Requirement criuCheck() {
        CommandOutcome outcome = tryRun(configuration.criu().toString(), "check");
        String said = (outcome.output() + "\n" + outcome.errors()).strip();
        boolean good = outcome.succeeded() && said.contains("Looks good");
        String found = good
                ? "looks good"
                : said.lines().filter(line -> line.contains("Error")).findFirst().orElse("criu check did not run");
        return need("criu check", good, Standing.MISSING, found, "the kernel must let CRIU do its work",
                "see the output of: criu check --all");
    }

    private Requirement networkLock() {
        boolean iptables = onPath("iptables-restore") && onPath("ip6tables-restore");
        return need("iptables", iptables, Standing.MISSING,
                iptables ? "iptables-restore, ip6tables-restore" : "no iptables-restore on the PATH",
                "TCP connections are kept still by it", "install iptables, as by: apt-get install iptables");
    }

    private Requirement pipes() {
        String size = read("proc/sys/fs/pipe-max-size").strip();
        boolean enough = size.matches("\\d{1,18}") && Long.parseLong(size) >= PIPE_SIZE;
        return need("fs.pipe-max-size", enough, Standing.LIMITED, size,
                "memory goes through pipes; with small ones lazy memory fails without CAP_SYS_RESOURCE",
                "sysctl -w fs.pipe-max-size=" + PIPE_SIZE);
    }

    private Requirement softDirty() {
        boolean there = feature("mem_dirty_track");
        return need("soft-dirty", there, Standing.LIMITED, there ? "the kernel tracks changed memory" : "not there",
                "CRIU's pre-dump needs it; comparing contents does without",
                "boot a kernel with CONFIG_MEM_SOFT_DIRTY");
    }

    private Requirement lazyPages() {
        boolean there = feature("uffd-noncoop");
        return need("userfaultfd", there, Standing.LIMITED, there ? "lazy memory works" : "not there",
                "restoring before the memory has come needs it", "boot a kernel with CONFIG_USERFAULTFD");
    }

    private boolean feature(String name) {
        return tryRun(configuration.criu().toString(), "check", "--feature", name).succeeded();
    }

    private static Requirement need(String name, boolean met, Standing otherwise, String found, String why,
            String fix) {
        return new Requirement(name, met ? Standing.OK : otherwise, found, why, fix);
    }

    private static String version(String said) {
        Matcher matcher = VERSION.matcher(said);
        return matcher.find() ? matcher.group() : "";
    }

    private static boolean atLeast(String version, int[] oldest) {
        Matcher matcher = VERSION.matcher(version);
        if (!matcher.find() || matcher.group(1).length() > 6 || matcher.group(2).length() > 6) {
            return false;
        }
        int major = Integer.parseInt(matcher.group(1));
        int minor = Integer.parseInt(matcher.group(2));
        return major > oldest[0] || major == oldest[0] && minor >= oldest[1];
    }

    private boolean onPath(String program) {
        for (String directory : configuration.searchPath().split(":")) {
            if (directory.startsWith("/")
                    && Files.isExecutable(root.resolve(directory.substring(1)).resolve(program))) {
                return true;
            }
        }
        return false;
    }

    /** In one piece: the kernel gives of some settings nothing more after a first read of one byte. */
    private String read(String file) {
        try (InputStream in = Files.newInputStream(root.resolve(file))) {
            return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private String ask(String... command) {
        CommandOutcome outcome = tryRun(command);
        return outcome.succeeded() ? outcome.output() : "";
    }

    private CommandOutcome tryRun(String... arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        try {
            return executor.run(new Command(command, Map.of("PATH", configuration.searchPath()), PATIENCE,
                    Command.DEFAULT_CAPTURED));
        } catch (IOException | TimeoutException e) {
            return new CommandOutcome(-1, "", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new CommandOutcome(-1, "", "interrupted");
        }
    }
}
