package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** runc (1.1 or later) with CRIU. Thread-safe: it keeps no state of its own. */
public final class RuncRuntime implements ContainerRuntime {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_+.-]{1,255}");
    private static final Duration CHECKPOINT_ENDS = Duration.ofMinutes(2);

    private final RuncProgram program;

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
        this.program = new RuncProgram(configuration, executor);
    }

    @Override
    public ContainerState state(String id) {
        CommandOutcome outcome = program.runc(known(id), "state", id);
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
        if (!Files.isDirectory(program.root())) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(program.root())) {
            return entries.filter(Files::isDirectory).map(entry -> String.valueOf(entry.getFileName())).sorted()
                    .toList();
        } catch (IOException e) {
            throw new CannotControl("*", "The containers in " + program.root() + " cannot be listed", e);
        }
    }

    @Override
    public List<Path> workDirectories(String id) {
        return Stream.of(checkpoints(known(id)).workDirectory(), RestoreProcesses.gate(program.root(), id))
                .flatMap(Optional::stream).toList();
    }

    @Override
    public boolean lives(String id) {
        Optional<Freezer> cgroup = RuncState.read(program.root(), known(id)).map(state -> new Freezer(state.freezer()))
                .filter(Freezer::usable);
        try {
            if (cgroup.isPresent() && !cgroup.get().members().isEmpty()) {
                return true;
            }
        } catch (IOException e) {
            throw new CannotControl(id, "Its processes cannot be read", e);
        }
        if (RestoreProcesses.noted(program.root(), id).filter(RestoreProcesses::containerLives).isPresent()) {
            return true;
        }
        ContainerState.Status status = state(id).status();
        return status == ContainerState.Status.RUNNING || status == ContainerState.Status.PAUSED;
    }

    @Override
    public boolean restoring(String id) {
        return RestoreProcesses.noted(program.root(), known(id)).filter(RestoreProcesses::underWay).isPresent();
    }

    @Override
    public void pause(String id) {
        Optional<Freezer> freezer = freezer(known(id));
        if (freezer.isEmpty()) {
            require(program.runc(id, "pause", id), id);
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
                require(program.runc(id, "resume", id), id);
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
        Optional<RuncState> state = RuncState.read(program.root(), known(id));
        Optional<Freezer> freezer = freezer(id);
        if (state.isEmpty() || freezer.isEmpty()) {
            return;
        }
        try {
            List<Long> members = freezer.get().members();
            StoppedProcesses.among(members).ifPresent(stopped -> {
                String pid = stopped.substring(0, stopped.indexOf(' '));
                throw new CannotCheckpoint(id, "Process " + stopped + " is stopped, by a signal or job control,"
                        + " and cannot be dumped: let it go on with \"kill -CONT " + pid + "\", or end it",
                        LogExcerpt.NONE);
            });
            StandardInput.fromOutside(state.get().pid(), members).ifPresent(input -> {
                throw new CannotCheckpoint(id, "Its standard input is " + input + ", whose other end is outside of it"
                        + " and cannot move along: it would find the end of its input. Start it with standard input"
                        + " from /dev/null, or end whoever writes to it", LogExcerpt.NONE);
            });
        } catch (IOException e) {
            throw new CannotControl(id, "Its processes cannot be read", e);
        }
    }

    @Override
    public void checkpoint(CheckpointSpec spec) {
        if (!paused(known(spec.id()), freezer(spec.id()))) {
            throw new CannotCheckpoint(spec.id(), "It is not paused: a checkpoint is taken of a paused container only",
                    LogExcerpt.NONE);
        }
        new RuncCheckpoint(program).run(spec);
    }

    @Override
    public void awaitNoCheckpoint(String id) {
        checkpoints(known(id)).end(CHECKPOINT_ENDS);
    }

    @Override
    public HeldRestore restore(RestoreSpec spec) {
        known(spec.id());
        return new RuncRestore(program, this).run(spec);
    }

    @Override
    public void tidy(Path workDirectory) {
        new RuncRemoval(program).unmount(workDirectory.toString(), workDirectory);
    }

    @Override
    public void remove(String id) {
        awaitNoCheckpoint(id);
        new RuncRemoval(program).remove(id);
        checkpoints(id).forget();
        if (state(id).status() != ContainerState.Status.ABSENT) {
            throw new CannotControl(id, "It is still there after its removal", LogExcerpt.NONE);
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
        return new CheckpointProcesses(program.root(), id);
    }

    /** The container's freezer, if its first process lives in it; else runc itself must be asked. */
    private Optional<Freezer> freezer(String id) {
        return RuncState.read(program.root(), id).filter(state -> {
            try {
                Freezer freezer = new Freezer(state.freezer());
                return freezer.usable() && freezer.members().contains((long) state.pid());
            } catch (IOException e) {
                return false;
            }
        }).map(state -> new Freezer(state.freezer()));
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
