package dev.caravan.criu;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** Has runc restore a container up to its commit gate, apart from this JVM. */
final class RuncRestore {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final RuncProgram program;
    private final ContainerRuntime runtime;

    RuncRestore(RuncProgram program, ContainerRuntime runtime) {
        this.program = program;
        this.runtime = runtime;
    }

    HeldRestore run(RestoreSpec spec) {
        String id = spec.id();
        CommitGate gate = new CommitGate(spec.gateDirectory());
        if (gate.used()) {
            throw new CannotRestore(id, "The gate in " + gate.directory() + " has served another restore",
                    LogExcerpt.NONE);
        }
        if (Files.exists(program.root().resolve(id))) {
            throw new CannotRestore(id, "A container of this name exists here already", LogExcerpt.NONE);
        }
        BoundedLog criuLog = new BoundedLog(spec.workDirectory().resolve("restore.log"));
        Path runcLog = spec.workDirectory().resolve("runc-restore.log");
        RestoreProcesses processes = new RestoreProcesses(program.root(), id, gate);
        try {
            gate.install();
            PrivateDirectory.make(spec.workDirectory());
            criuLog.clear();
            Files.deleteIfExists(runcLog);
            Files.writeString(gate.file("restore.conf"), "action-script " + gate.script() + "\n");
            Files.writeString(gate.file("cgroup"), cgroup(spec.bundle()));
            Files.writeString(gate.file("work"), spec.workDirectory().toRealPath().toString());
            PrivateDirectory.make(program.root());
            processes.announce();
            launch(spec, gate, runcLog);
        } catch (IOException | UncheckedIOException | TimeoutException e) {
            throw new CannotRestore(id, "It could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotRestore(id, "It was interrupted", e);
        }
        String obstacle = new RestoreWatch(processes, criuLog, spec.patience(), spec.wanted()).awaitGate();
        if (obstacle == null) {
            return HeldRestore.rediscover(runtime, id, gate.directory());
        }
        FailureLog log = FailureLog.read(criuLog, runcLog);
        CannotRestore failure = new CannotRestore(id, log.cause(obstacle), log.excerpt());
        clear(processes, id, failure);
        throw failure;
    }

    private void launch(RestoreSpec spec, CommitGate gate, Path runcLog)
            throws IOException, TimeoutException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("setsid", "--fork", gate.file(GateDirectory.LAUNCH).toString()));
        command.addAll(program.command(runcLog, "restore", "--detach", "--tcp-established", "--file-locks",
                "--manage-cgroups-mode", "soft", "--image-path", spec.imageDirectory().toString(), "--work-path",
                spec.workDirectory().toString(), "--bundle", spec.bundle().toString(), spec.id()));
        CommandOutcome launched = program.executor().run(new Command(command,
                OperationProcesses.marked(program.environment(gate.file("restore.conf")),
                        OperationProcesses.RESTORE_OF, program.root(), spec.id()),
                RuncProgram.QUICK, 0));
        if (!launched.succeeded()) {
            throw new IOException("setsid (util-linux) ended with status " + launched.exit());
        }
    }

    /** The cgroup that the bundle asks for; nothing if it leaves that to the runtime, or names no path of its own. */
    private static String cgroup(Path bundle) throws IOException {
        Path config = bundle.resolve("config.json");
        String path = Files.exists(config)
                ? JSON.readTree(config.toFile()).path("linux").path("cgroupsPath").asText()
                : "";
        return path.matches("/[^/:]+(/[^/:]+)*") ? path : "";
    }

    /** After a failure nothing is left; what cannot be cleared is told beside the failure. */
    private void clear(RestoreProcesses processes, String id, CannotRestore failure) {
        boolean interrupted = Thread.interrupted();
        try {
            processes.end();
            runtime.remove(id);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
