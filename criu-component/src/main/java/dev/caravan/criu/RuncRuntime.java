package dev.caravan.criu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * runc (1.1 or later) with CRIU. Thread-safe: it keeps no state of its own.
 *
 * <p>
 * CRIU's further options come from a configuration file named in the environment, which runc hands down and CRIU reads
 * before runc's requests: so it works with any OCI bundle and changes none, whether or not the bundle has an
 * annotation {@code org.criu.config} of its own.
 */
public final class RuncRuntime implements ContainerRuntime {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_+.-]{1,255}");
    private static final Duration QUICK = Duration.ofSeconds(30);
    private static final Duration CHECKPOINT_ENDS = Duration.ofMinutes(2);
    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private final RuncConfiguration configuration;
    private final CommandExecutor executor;

    /**
     * @param configuration
     *            where the programs are
     */
    public RuncRuntime(RuncConfiguration configuration) {
        this(configuration, new LocalExecutor());
    }

    /**
     * @param configuration
     *            where the programs are
     * @param executor
     *            runs them
     */
    public RuncRuntime(RuncConfiguration configuration, CommandExecutor executor) {
        this.configuration = configuration;
        this.executor = executor;
    }

    @Override
    public ContainerState state(String id) {
        CommandOutcome outcome = runc(known(id), "state", id);
        if (outcome.succeeded()) {
            return StateReport.parse(id, outcome.output());
        }
        if (outcome.errors().contains("does not exist")) {
            return ContainerState.absent(id);
        }
        throw new CannotControl(id, "runc cannot tell its state: " + outcome.errors().strip(), LogExcerpt.NONE);
    }

    @Override
    public List<String> containers() {
        if (!Files.isDirectory(configuration.root())) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(configuration.root())) {
            return entries.filter(Files::isDirectory).map(entry -> String.valueOf(entry.getFileName())).sorted()
                    .toList();
        } catch (IOException e) {
            throw new CannotControl("*", "The containers in " + configuration.root() + " cannot be listed", e);
        }
    }

    @Override
    public List<Path> workDirectories(String id) {
        return Stream.of(checkpoints(known(id)).workDirectory(), RuncRemoval.gate(configuration.root(), id))
                .flatMap(Optional::stream).toList();
    }

    @Override
    public void pause(String id) {
        Optional<Freezer> freezer = freezer(known(id));
        if (freezer.isEmpty()) {
            require(runc(id, "pause", id), id);
            return;
        }
        try {
            if (!freezer.get().frozen() && !freezer.get().freeze()) {
                throw new CannotControl(id, "It does not freeze: a process may hang in the kernel", LogExcerpt.NONE);
            }
        } catch (IOException e) {
            throw new CannotControl(id, "Its freezer cannot be used", e);
        }
    }

    @Override
    public void resume(String id) {
        awaitNoCheckpoint(id);
        Optional<Freezer> freezer = freezer(id);
        if (freezer.isEmpty()) {
            ContainerState.Status status = state(id).status();
            if (status != ContainerState.Status.RUNNING) {
                require(runc(id, "resume", id), id);
            }
            return;
        }
        try {
            if (!freezer.get().thaw()) {
                throw new CannotControl(id, "It stays frozen although it was thawed: a cgroup above its own may be"
                        + " frozen", LogExcerpt.NONE);
            }
            checkpoints(id).forget();
        } catch (IOException e) {
            throw new CannotControl(id, "Its freezer cannot be used", e);
        }
    }

    @Override
    public void examine(String id) {
        Optional<Freezer> freezer = freezer(known(id));
        try {
            Optional<String> stopped = freezer.isEmpty()
                    ? Optional.empty()
                    : StoppedProcesses.among(freezer.get().members());
            if (stopped.isPresent()) {
                String pid = stopped.get().substring(0, stopped.get().indexOf(' '));
                throw new CannotCheckpoint(id, "Process " + stopped.get() + " is stopped, by a signal or job control,"
                        + " and cannot be dumped: let it go on with \"kill -CONT " + pid + "\", or end it",
                        LogExcerpt.NONE);
            }
        } catch (IOException e) {
            throw new CannotControl(id, "Its processes cannot be read", e);
        }
    }

    @Override
    public void checkpoint(CheckpointSpec spec) {
        String id = known(spec.id());
        Optional<Freezer> freezer = freezer(id);
        if (!paused(id, freezer)) {
            throw new CannotCheckpoint(id, "It is not paused: a checkpoint is taken of a paused container only",
                    LogExcerpt.NONE);
        }
        if (RuncState.read(configuration.root(), id).filter(state -> StateReport.terminal(state.bundle()))
                .isPresent()) {
            throw new CannotCheckpoint(id, "The container has a terminal, whose other end is outside of it: run it with"
                    + " \"terminal\": false", LogExcerpt.NONE);
        }
        Path criuLog = spec.workDirectory().resolve("dump.log");
        Path runcLog = spec.workDirectory().resolve("runc-checkpoint.log");
        Path options = spec.workDirectory().resolve("checkpoint.conf");
        try {
            PrivateDirectory.make(spec.imageDirectory());
            PrivateDirectory.make(spec.workDirectory());
            Files.deleteIfExists(criuLog);
            Files.deleteIfExists(runcLog);
            Files.writeString(options, spec.networkLock().option() + "\nghost-limit " + spec.ghostLimit() + "\n");
            checkpoints(id).announce(spec.workDirectory());
        } catch (IOException e) {
            throw new CannotCheckpoint(id, "The directories for its image cannot be made: " + e.getMessage(), e);
        }
        List<String> command = command(runcLog, "checkpoint", "--leave-running", "--tcp-established", "--file-locks",
                "--manage-cgroups-mode", "soft", "--image-path", spec.imageDirectory().toString(), "--work-path",
                spec.workDirectory().toString(), id);
        try {
            CommandOutcome outcome = executor.run(
                    new Command(command, checkpointEnvironment(options, id), spec.timeout(), 0, false, ""));
            if (!outcome.succeeded()) {
                FailureLog log = FailureLog.read(criuLog, runcLog);
                throw new CannotCheckpoint(id, log.cause("runc ended with status " + outcome.exit()), log.excerpt());
            }
        } catch (IOException | TimeoutException e) {
            throw new CannotCheckpoint(id, "runc did not do it: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotCheckpoint(id, "It was interrupted", e);
        }
    }

    @Override
    public void awaitNoCheckpoint(String id) {
        checkpoints(known(id)).end(CHECKPOINT_ENDS);
    }

    @Override
    public HeldRestore restore(RestoreSpec spec) {
        String id = known(spec.id());
        CommitGate gate = new CommitGate(spec.gateDirectory());
        if (gate.used()) {
            throw new CannotRestore(id, "The gate in " + gate.directory() + " has served another restore",
                    LogExcerpt.NONE);
        }
        if (Files.exists(configuration.root().resolve(id))) {
            throw new CannotRestore(id, "A container of this name exists here already", LogExcerpt.NONE);
        }
        Path criuLog = spec.workDirectory().resolve("restore.log");
        Path runcLog = spec.workDirectory().resolve("runc-restore.log");
        try {
            gate.install();
            PrivateDirectory.make(spec.workDirectory());
            Files.deleteIfExists(criuLog);
            Files.deleteIfExists(runcLog);
            Files.writeString(gate.file("restore.conf"), "action-script " + gate.script() + "\n");
            Files.writeString(gate.file("work"), spec.workDirectory().toString());
            PrivateDirectory.make(configuration.root());
            Files.writeString(RuncRemoval.note(configuration.root(), id), gate.directory().toString());
            launch(spec, gate, runcLog);
        } catch (IOException | UncheckedIOException | TimeoutException e) {
            throw new CannotRestore(id, "It could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotRestore(id, "It was interrupted", e);
        }
        HeldRestore restore = HeldRestore.rediscover(this, id, gate.directory());
        String obstacle = awaitGate(restore, spec.timeout());
        if (obstacle == null) {
            return restore;
        }
        FailureLog log = FailureLog.read(criuLog, runcLog);
        CannotRestore failure = new CannotRestore(id, log.cause(obstacle), log.excerpt());
        clear(restore, failure);
        throw failure;
    }

    @Override
    public void remove(String id) {
        awaitNoCheckpoint(id);
        removal().remove(id);
        checkpoints(id).forget();
        if (state(id).status() != ContainerState.Status.ABSENT) {
            throw new CannotControl(id, "It is still there after its removal", LogExcerpt.NONE);
        }
    }

    private RuncRemoval removal() {
        return new RuncRemoval(configuration, this::run);
    }

    private void launch(RestoreSpec spec, CommitGate gate, Path runcLog)
            throws IOException, TimeoutException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("setsid", "--fork", gate.file("launch.sh").toString()));
        command.addAll(command(runcLog, "restore", "--detach", "--tcp-established", "--file-locks",
                "--manage-cgroups-mode", "soft", "--image-path", spec.imageDirectory().toString(), "--work-path",
                spec.workDirectory().toString(), "--bundle", spec.bundle().toString(), spec.id()));
        CommandOutcome launched = executor.run(new Command(command, environment(gate.file("restore.conf")), QUICK, 0));
        if (!launched.succeeded()) {
            throw new IOException("setsid (util-linux) ended with status " + launched.exit());
        }
    }

    /** Null once the gate holds the container; else what stands in the way. */
    private static String awaitGate(HeldRestore restore, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!restore.gate().held()) {
            if (restore.gate().exit().isPresent()) {
                return "runc ended with status " + restore.gate().exit().getAsInt();
            }
            if (System.nanoTime() > deadline) {
                return "It did not reach its gate within " + patience.toSeconds() + " s";
            }
            if (Thread.currentThread().isInterrupted()) {
                return "It was interrupted";
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return null;
    }

    /** After a failure nothing is left; what cannot be cleared is told beside the failure. */
    private void clear(HeldRestore restore, CannotRestore failure) {
        boolean interrupted = Thread.interrupted();
        try {
            restore.gate().close();
            remove(restore.id());
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean paused(String id, Optional<Freezer> freezer) {
        if (freezer.isEmpty()) {
            return state(id).status() == ContainerState.Status.PAUSED;
        }
        try {
            return freezer.get().frozen();
        } catch (IOException e) {
            throw new CannotCheckpoint(id, "Its freezer cannot be read", e);
        }
    }

    /** CRIU goes on when whoever asked for a dump dies; to thaw under its hands would spoil both. */
    private CheckpointProcesses checkpoints(String id) {
        return new CheckpointProcesses(configuration.root(), id);
    }

    /** The container's freezer, if its first process lives in it; else runc itself must be asked. */
    private Optional<Freezer> freezer(String id) {
        return RuncState.read(configuration.root(), id).filter(state -> {
            try {
                Freezer freezer = new Freezer(state.freezer());
                return freezer.usable() && freezer.members().contains((long) state.pid());
            } catch (IOException e) {
                return false;
            }
        }).map(state -> new Freezer(state.freezer()));
    }

    private List<String> command(Path log, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(configuration.runc().toString(), "--root", configuration.root().toString()));
        if (log != null) {
            command.addAll(List.of("--log", log.toString(), "--log-format", "json"));
        }
        command.addAll(List.of(arguments));
        return command;
    }

    private Map<String, String> environment(Path options) {
        return Map.of("PATH", configuration.searchPath(), "CRIU_CONFIG_FILE", options.toString());
    }

    private Map<String, String> checkpointEnvironment(Path options, String id) {
        Map<String, String> environment = new HashMap<>(environment(options));
        environment.put(CheckpointProcesses.MARK, CheckpointProcesses.mark(configuration.root(), id));
        return environment;
    }

    private CommandOutcome runc(String id, String... arguments) {
        return run(id, command(null, arguments));
    }

    private CommandOutcome run(String id, List<String> command) {
        try {
            return executor.run(new Command(command, Map.of("PATH", configuration.searchPath()), QUICK,
                    Command.DEFAULT_CAPTURED));
        } catch (IOException | TimeoutException e) {
            throw new CannotControl(id, command.get(0) + " did not do it: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotControl(id, "It was interrupted", e);
        }
    }

    private static void require(CommandOutcome outcome, String id) {
        if (!outcome.succeeded()) {
            String said = outcome.errors().strip();
            throw new CannotControl(id, KnownCauses.in(said.lines().toList()).orElse("runc says: " + said),
                    new LogExcerpt(null, said));
        }
    }

    private static String known(String id) {
        if (!ID.matcher(id).matches() || id.equals(".") || id.equals("..")) {
            throw new IllegalArgumentException("Not a container's name: letters, digits and _+.- only");
        }
        return id;
    }
}
