package dev.caravan.lab;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a lab is made of. Two labs whose names, hosts' names, directories and subnets differ run side by side.
 *
 * @param name     prefix of the bridge, namespaces and cgroups: at most 10 letters and digits
 * @param home     directory on disk: configuration, state of TPMs and agents, containers
 * @param run      directory of pid files, logs, sockets and the hosts' tmpfs
 * @param subnet   first three numbers of the /24 network, for example {@code 10.88.0}: .1 is the bridge, .11 and up are
 *                 hosts, .100 to .254 containers
 * @param hosts    the platforms' names, lower-case letters, digits and hyphens, one to eight
 * @param jar      Caravan's jar
 * @param console  the console's jar, or null to do without a console
 * @param criu     CRIU's executable
 * @param tmpfsMiB size of each host's tmpfs, in MiB; 0 leaves it to the kernel (half of the memory)
 * @param patience how long a process may take until it is ready
 */
public record LabPlan(String name, Path home, Path run, String subnet, List<String> hosts, Path jar, Path console,
        Path criu, int tmpfsMiB, Duration patience) {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]{0,9}");
    private static final Pattern HOST = Pattern.compile("[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?");
    private static final Pattern SUBNET = Pattern.compile("(?:\\d{1,3}\\.){2}\\d{1,3}");
    private static final int MAX_HOSTS = 8;
    private static final int FIRST_HOST = 11;

    /** Refuses names that could mean something else in a command, a path or a kernel object. */
    public LabPlan {
        require(NAME.matcher(name).matches(), "the lab's name", name, "up to 10 lower-case letters and digits");
        require(SUBNET.matcher(subnet).matches(), "the lab's subnet", subnet, "three numbers, as in 10.88.0");
        require(!hosts.isEmpty() && hosts.size() <= MAX_HOSTS, "the number of hosts", hosts.size(), "1 to 8");
        hosts.forEach(host -> require(HOST.matcher(host).matches(), "a host's name", host,
                "up to 20 lower-case letters, digits and hyphens"));
        require(hosts.stream().distinct().count() == hosts.size(), "the hosts", hosts, "different names");
        hosts = List.copyOf(hosts);
        home = home.toAbsolutePath().normalize();
        run = run.toAbsolutePath().normalize();
    }

    /** The lab of the command line: hosts alpha and beta, with the jar that this class is in. */
    public static LabPlan standard() {
        return named("caravan", "/var/lib/caravan-lab", "/run/caravan-lab", "10.88.0");
    }

    /** The lab of the demonstration, beside the one that a person works with. */
    public static LabPlan demonstration() {
        return named("demo", "/var/lib/caravan-demo", "/run/caravan-demo", "10.87.0");
    }

    private static LabPlan named(String name, String home, String run, String subnet) {
        Path jar = ownJar();
        Path console = jar.resolveSibling("../../../broker-config/console/target/caravan-console.jar").normalize();
        Path prefixed = Path.of("/opt/caravan/bin/criu");
        return new LabPlan(name, Path.of(home), Path.of(run), subnet,
                List.of("alpha", "beta"), jar, Files.exists(console) ? console : null,
                Files.isExecutable(prefixed) ? prefixed : Path.of("/usr/sbin/criu"), 0, Duration.ofSeconds(60));
    }

    /**
     * A lab beside the standard one, for tests.
     *
     * @param name      distinguishes it; its hosts are {@code NAME-alpha} and {@code NAME-beta}
     * @param directory everything is below it
     * @param subnet    a network that nothing else uses
     */
    public static LabPlan forTest(String name, Path directory, String subnet, Path jar) {
        LabPlan standard = standard();
        return new LabPlan(name, directory.resolve("home"), directory.resolve("run"), subnet,
                List.of(name + "-alpha", name + "-beta"), jar, null, standard.criu, 0, standard.patience);
    }

    /** The same lab with a console, or with none if {@code console} is null. */
    public LabPlan withConsole(Path jarOfConsole) {
        return new LabPlan(name, home, run, subnet, hosts, jar, jarOfConsole, criu, tmpfsMiB, patience);
    }

    /** The same lab with a tmpfs of that size on each host. */
    public LabPlan withTmpfsMiB(int size) {
        return new LabPlan(name, home, run, subnet, hosts, jar, console, criu, size, patience);
    }

    /** The mark of this lab's processes. */
    LabMark mark() {
        return new LabMark(run);
    }

    /** The bridge in the root namespace. */
    String bridge() {
        return name + "0";
    }

    /** The address of the bridge: broker, authorities and console are reached here. */
    public String address() {
        return subnet + ".1";
    }

    /** The address of a host. */
    public String address(String host) {
        return subnet + "." + (FIRST_HOST + hosts.indexOf(known(host)));
    }

    /** The network namespace that is a host. */
    String namespace(String host) {
        return name + "-" + host;
    }

    /** The cgroup, relative to each hierarchy's root, that holds a host's containers. */
    String cgroup(String host) {
        return "/" + name + "-" + host;
    }

    /** A host's directory on disk. */
    Path hostHome(String host) {
        return home.resolve("hosts").resolve(host).resolve("home");
    }

    /** A host's tmpfs. */
    Path hostRun(String host) {
        return run.resolve("hosts").resolve(host);
    }

    /** runc's state directory on a host. */
    Path runcRoot(String host) {
        return hostRun(host).resolve("runc");
    }

    /** Where a host keeps a container's bundle. */
    Path bundle(String host, String container) {
        return hostHome(host).resolve("containers").resolve(container);
    }

    /** The Unix socket of a host's TPM. */
    Path tpmSocket(String host) {
        return run.resolve("tpm").resolve(host + ".sock");
    }

    /** The configuration that an operator of this lab uses. */
    public Path operatorConfiguration() {
        return home.resolve("operator").resolve("operator.properties");
    }

    /** Refuses a host that is not in the lab. */
    String known(String host) {
        if (!hosts.contains(host)) {
            throw new LabFailed("there is no host \"" + host + "\" in the lab; its hosts are "
                    + String.join(" and ", hosts));
        }
        return host;
    }

    private static Path ownJar() {
        try {
            return Path.of(LabPlan.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new LabFailed("cannot find the jar that this program runs from", e);
        }
    }

    private static void require(boolean met, String what, Object value, String allowed) {
        if (!met) {
            throw new IllegalArgumentException(what + " is \"" + value + "\"; allowed: " + allowed);
        }
    }
}
