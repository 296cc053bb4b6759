package dev.caravan.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The processes of a lab: {@code broker}, {@code authority}, {@code console}, {@code tpm-HOST}, {@code agent-HOST}. */
final class LabProcesses {
    /**
     * What agents and brokers run with. They move bytes by native ciphers and system calls, so optimizing their own code
     * much takes more than it gives on a small machine, while fresh memory costs: the heap is there before it is needed,
     * and Netty's arena has chunks of 16 MiB, so that batches of 1 MiB do not make and drop one each.
     */
    private static final List<String> SERVICE_FLAGS = List.of("-XX:+ExitOnOutOfMemoryError",
            "-XX:TieredStopAtLevel=1", "-XX:+UseParallelGC", "-Xms512m", "-Xmx512m", "-Xmn256m",
            "-XX:+AlwaysPreTouch", "-XX:+UseTransparentHugePages", "-Dio.netty.allocator.maxOrder=11",
            "-Dio.netty.allocator.numDirectArenas=1");

    /** Also for what runs before a program of Caravan forbids it to itself. */
    private static final String NO_DESERIALIZATION = "-Djdk.serialFilter=!*";

    private final LabPlan plan;
    private final LabConfiguration configuration;
    private final LabTpms tpms;

    LabProcesses(LabPlan plan, LabConfiguration configuration, LabTpms tpms) {
        this.plan = plan;
        this.configuration = configuration;
        this.tpms = tpms;
    }

    /** Makes the directories that they write to. */
    void prepare() throws IOException {
        for (String directory : List.of("log", "pid", "tpm", "broker", "authority", "console")) {
            Files.createDirectories(plan.run().resolve(directory));
        }
    }

    LabProcess broker() {
        return service("broker", java("broker", "--config", configuration.broker().toString()));
    }

    LabProcess authority() {
        return service("authority", quickJava("authority", "--config", configuration.authority().toString()));
    }

    /** A program of its own, which reads its settings by that property. */
    LabProcess console() {
        List<String> command = List.of(java(), NO_DESERIALIZATION, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "-Dcaravan.console.config=" + configuration.console(), "-jar", consoleJar().toString());
        return process("console", command, Readiness.port(plan.address(), LabConfiguration.CONSOLE_PORT));
    }

    LabProcess tpm(String host) {
        return process("tpm-" + host, tpms.command(host), Readiness.file(plan.tpmSocket(host)));
    }

    /** An agent joins its host's network namespace only: it needs the machine's cgroups and mounts. */
    LabProcess agent(String host) {
        List<String> command = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + plan.namespace(host)));
        command.addAll(java("agent", "--config", configuration.agent(host).toString()));
        return process("agent-" + host, command, Readiness.file(plan.hostRun(host).resolve("ready")));
    }

    /** All of them, in the order in which they are started. */
    List<LabProcess> all() {
        List<LabProcess> all = new ArrayList<>();
        plan.hosts().forEach(host -> all.add(tpm(host)));
        all.add(broker());
        all.add(authority());
        plan.hosts().forEach(host -> all.add(agent(host)));
        if (plan.console() != null) {
            all.add(console());
        }
        return all;
    }

    LabProcess named(String name) {
        List<LabProcess> all = all();
        return all.stream().filter(process -> process.name().equals(name)).findFirst()
                .orElseThrow(() -> new LabFailed("there is no process \"" + name + "\" in the lab; there are "
                        + String.join(", ", all.stream().map(LabProcess::name).toList())));
    }

    /** A service of Caravan's jar. */
    private List<String> java(String... arguments) {
        return java(SERVICE_FLAGS, arguments);
    }

    /** A command of Caravan's jar that does so little that compiling it much would not pay. */
    List<String> quickJava(String... arguments) {
        return java(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"), arguments);
    }

    private List<String> java(List<String> flags, String... arguments) {
        List<String> command = new ArrayList<>(List.of(java(), NO_DESERIALIZATION));
        command.addAll(flags);
        command.addAll(List.of("-jar", jar().toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The lab runs a copy of the jar: a build that replaces the original must not pull it from under them. */
    Path jar() {
        return lib().resolve("caravan.jar");
    }

    Path consoleJar() {
        return lib().resolve("caravan-console.jar");
    }

    Path lib() {
        return plan.home().resolve("lib");
    }

    private LabProcess service(String name, List<String> command) {
        return process(name, command, Readiness.file(plan.run().resolve(name).resolve("ready")));
    }

    private LabProcess process(String name, List<String> command, Readiness ready) {
        return new LabProcess(name, command, ready, plan.run().resolve("log").resolve(name + ".log"),
                plan.run().resolve("pid").resolve(name), plan.mark(), plan.patience());
    }
}
