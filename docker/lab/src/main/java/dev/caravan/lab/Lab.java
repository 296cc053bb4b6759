package dev.caravan.lab;

import dev.caravan.beneath.OwnerOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Hosts on one machine, each in a network namespace with a TPM, an agent, a runtime and storage of its own; beside them
 * the broker, the authorities and the console. Everything that exists is found by its name, so that {@link #down} removes
 * it whoever made it, and however that one ended. Needs root.
 */
public final class Lab {
    private final LabPlan plan;
    private final Consumer<String> progress;
    private final LabConfiguration configuration;
    private final LabNetwork network;
    private final LabTpms tpms;
    private final LabProcesses processes;
    private final LabContainers containers;
    private final LabCgroups cgroups;

    /** @param progress is told in a few words each step of {@link #up} */
    public Lab(LabPlan plan, Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
        this.configuration = new LabConfiguration(plan);
        this.network = new LabNetwork(plan);
        this.tpms = new LabTpms(plan);
        this.processes = new LabProcesses(plan, configuration, tpms);
        this.containers = new LabContainers(plan, network);
        this.cgroups = new LabCgroups(plan);
    }

    public LabPlan plan() {
        return plan;
    }

    /**
     * Brings the lab up and returns when every process is ready. Does nothing if it is up; starts again what has died;
     * removes left-overs of an earlier one first.
     *
     * @throws LabFailed if something does not start; what did start is left for a look at the logs
     */
    public void up() {
        try (LabLock lock = LabLock.take(plan.run())) {
            switch (status().state()) {
                case UP -> progress.accept("the lab is up");
                case DEGRADED -> startDead();
                default -> {
                    removeEverything();
                    makeEverything();
                }
            }
        } catch (IOException e) {
            throw new LabFailed("cannot make the lab: " + e.getMessage(), e);
        }
    }

    /** In the order of their dependence, for each waits until it is ready. */
    private void startDead() {
        processes.all().stream().filter(process -> !process.isReady()).forEach(process -> {
            progress.accept("start " + process.name() + " again");
            process.startReady();
        });
    }

    private void makeEverything() throws IOException {
        progress.accept("directories, configuration, network");
        OwnerOnly.directories(plan.home());
        OwnerOnly.directories(plan.run());
        processes.prepare();
        copyJars();
        for (String host : plan.hosts()) {
            OwnerOnly.directories(plan.hostHome(host).resolve("containers"));
            LabMounts.tmpfs(plan.namespace(host), plan.hostRun(host), plan.tmpfsMiB());
        }
        configuration.write(tpms.makerRoots());
        network.create();
        progress.accept("broker, authorities, TPMs");
        Parallel.run(List.of(() -> processes.broker().startReady(), this::startTpms, this::issueOperator,
                configuration.certificates()::make));
        processes.authority().startReady();
        progress.accept("enrolment, agents");
        List<Runnable> rest = new ArrayList<>();
        plan.hosts().forEach(host -> rest.add(() -> startAgent(host)));
        if (plan.console() != null) {
            rest.add(() -> processes.console().startReady());
        }
        Parallel.run(rest);
        Files.createFile(complete());
    }

    private void copyJars() throws IOException {
        Files.createDirectories(processes.lib());
        if (!Files.isRegularFile(plan.jar())) {
            throw new LabFailed("the lab needs Caravan's jar, and " + plan.jar() + " is not one: build it first");
        }
        plan.mark().run(List.of("cp", "--reflink=auto", plan.jar().toString(), processes.jar().toString()));
        if (plan.console() != null) {
            plan.mark()
                    .run(List.of("cp", "--reflink=auto", plan.console().toString(), processes.consoleJar().toString()));
        }
    }

    private void startTpms() {
        tpms.manufacture();
        plan.hosts().forEach(host -> processes.tpm(host).start());
        plan.hosts().forEach(host -> processes.tpm(host).awaitReady());
        writePolicies();
    }

    /** Makes the operator's key and certificate, before the authorities run: they share the files. */
    private void issueOperator() {
        plan.mark().run(processes.quickJava("authority", "issue-operator", "lab", "--config",
                configuration.authority().toString(), "--out", configuration.operatorHome().toString()));
    }

    /** The operator admits the host's TPM; then the agent enrols itself when it starts. */
    private void startAgent(String host) {
        Path trust = configuration.operatorHome().resolve("trust");
        if (Files.isDirectory(trust)) {
            Program.run("cp", "-a", trust.toString(), plan.hostHome(host).toString());
        }
        plan.mark().run(processes.quickJava("enrol", "--config", plan.operatorConfiguration().toString(), host,
                "--ek-sha256", tpms.ekSha256(host)));
        processes.agent(host).startReady();
    }

    /**
     * Writes each platform's reference values from what the TPMs hold now: a host accepts the values of the others, the
     * operator those of all. The agents must not be connected to their TPMs.
     */
    public void writePolicies() {
        Map<String, SortedMap<Integer, byte[]>> pcrs = new TreeMap<>();
        plan.hosts().forEach(host -> pcrs.put(host, readPcrs(host)));
        configuration.writePolicies(pcrs);
    }

    private SortedMap<Integer, byte[]> readPcrs(String host) {
        try (TpmSocket tpm = new TpmSocket(plan.tpmSocket(host))) {
            return tpm.readFirmwarePcrs();
        }
    }

    /**
     * Changes what a host is measured to be, as other firmware would: extends a PCR of its TPM while its agent is
     * stopped. Only {@link #down} undoes it.
     *
     * @param pcr    0 to 23
     * @param digest SHA-256, 32 bytes
     */
    public void extendPcr(String host, int pcr, byte[] digest) {
        plan.known(host);
        LabProcess agent = processes.agent(host);
        boolean running = agent.alive();
        agent.stop();
        try (TpmSocket tpm = new TpmSocket(plan.tpmSocket(host))) {
            tpm.extend(pcr, digest);
        }
        if (running) {
            agent.startReady();
        }
    }

    /** Removes every trace of the lab, whatever is there of it. */
    public void down() {
        try (LabLock lock = LabLock.take(plan.run())) {
            removeEverything();
            lock.remove();
        }
    }

    private void removeEverything() {
        plan.mark().killAll();
        cgroups.killAll();
        containers.removeAll();
        network.remove();
        LabMounts.delete(plan.run());
        cgroups.remove();
        LabMounts.delete(plan.home());
        List<String> left = traces();
        if (!left.isEmpty()) {
            throw new LabFailed("these parts of the lab cannot be removed: " + String.join(", ", left));
        }
    }

    /** Everything of the lab that is on this machine, in words; empty after {@link #down}. */
    public List<String> traces() {
        List<String> found = new ArrayList<>(network.traces());
        plan.mark().processes().forEach(process -> found.add("process " + process.pid()));
        found.addAll(cgroups.traces());
        List.of(plan.run(), plan.home()).forEach(directory -> {
            LabMounts.below(directory).forEach(mount -> found.add("mount " + mount));
            if (Files.exists(directory)) {
                found.add("directory " + directory);
            }
        });
        return found;
    }

    /** What of the lab there is. */
    public LabStatus status() {
        List<LabStatus.Service> services = processes.all().stream()
                .map(process -> new LabStatus.Service(process.name(),
                        process.alive() ? process.identity().map(ProcessIdentity::pid).orElse(0L) : 0,
                        process.isReady()))
                .toList();
        LabStatus.State state;
        if (Files.exists(complete()) && network.whole()) {
            state = services.stream().allMatch(LabStatus.Service::ready)
                    ? LabStatus.State.UP
                    : LabStatus.State.DEGRADED;
        } else {
            state = traces().isEmpty() ? LabStatus.State.DOWN : LabStatus.State.PARTIAL;
        }
        return new LabStatus(state, services, containers.all());
    }

    /**
     * Starts a container, detached, with an address of its own in the lab's network.
     *
     * @param host    the host to start it on
     * @param name    its name, which no other container of the lab has
     * @param bundle  an OCI bundle, which is copied, or null for a sample: Redis, or {@code command} with the libraries
     *                that it loads
     * @param command replaces the bundle's own command if not empty
     */
    public LabContainer run(String host, String name, Path bundle, List<String> command) {
        try (LabLock lock = LabLock.take(plan.run())) {
            LabStatus.State state = status().state();
            if (state == LabStatus.State.DOWN || state == LabStatus.State.PARTIAL) {
                lock.remove();
                throw new LabFailed("the lab is not up; start it with 'caravan lab up'");
            }
            return containers.run(host, name, bundle, command);
        }
    }

    /** Removes a container from whichever host it is on. */
    public void remove(String name) {
        try (LabLock lock = LabLock.take(plan.run())) {
            containers.all().stream().filter(container -> container.name().equals(name))
                    .forEach(container -> containers.remove(container.host(), name));
        }
    }

    /** The log file of a process of the lab. */
    public Path log(String process) {
        return processes.named(process).log();
    }

    /** The last lines of a process's log. */
    public String logs(String process, int lines) {
        return processes.named(process).tail(lines);
    }

    /** Kills a process of the lab with SIGKILL. */
    public void kill(String process) {
        processes.named(process).kill();
    }

    /** Starts a process of the lab again and waits until it is ready. */
    public void start(String process) {
        processes.named(process).startReady();
    }

    /** Cuts a host's programs off from the broker and the authorities, in silence, until {@link #mendLink}. */
    public void cutLink(String host) {
        network.cut(plan.known(host));
    }

    /** Undoes {@link #cutLink}; the link need not be cut. */
    public void mendLink(String host) {
        network.mend(plan.known(host));
    }

    /** Where the console is, for a browser; null without one. */
    public String consoleUrl() {
        return plan.console() == null
                ? null
                : "https://" + plan.address() + ":" + LabConfiguration.CONSOLE_PORT + "/";
    }

    /** PKCS#12 store with the certificate of the console and of the agents' Jolokia. */
    public Path trustStore() {
        return configuration.certificates().trustStore();
    }

    /** The file with the trust store's password. */
    public Path trustStorePassword() {
        return configuration.trustStorePassword();
    }

    /** The file with the password for the console; the user is {@code caravan}. */
    public Path consolePassword() {
        return configuration.consolePassword();
    }

    /** Exists from the end of {@link #up} on. */
    private Path complete() {
        return plan.run().resolve("complete");
    }
}
