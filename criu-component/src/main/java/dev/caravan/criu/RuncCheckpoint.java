package dev.caravan.criu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/** Has runc dump a container that is paused. */
final class RuncCheckpoint {

    private final RuncProgram program;

    RuncCheckpoint(RuncProgram program) {
        this.program = program;
    }

    void run(CheckpointSpec spec) {
        String id = spec.id();
        if (RuncState.read(program.root(), id).filter(state -> StateReport.terminal(state.bundle())).isPresent()) {
            throw new CannotCheckpoint(id, "The container has a terminal, whose other end is outside of it: run it with"
                    + " \"terminal\": false", LogExcerpt.NONE);
        }
        BoundedLog criuLog = new BoundedLog(spec.workDirectory().resolve("dump.log"));
        Path runcLog = spec.workDirectory().resolve("runc-checkpoint.log");
        Path options = spec.workDirectory().resolve("checkpoint.conf");
        try {
            PrivateDirectory.make(spec.imageDirectory());
            PrivateDirectory.make(spec.workDirectory());
            criuLog.clear();
            Files.deleteIfExists(runcLog);
            Files.writeString(options, spec.networkLock().option() + "\nghost-limit " + spec.ghostLimit() + "\n");
            new CheckpointProcesses(program.root(), id).announce(spec.workDirectory());
        } catch (IOException e) {
            throw new CannotCheckpoint(id, "The directories for its image cannot be made: " + e.getMessage(), e);
        }
        List<String> command = program.command(runcLog, "checkpoint", "--leave-running", "--tcp-established",
                "--file-locks", "--manage-cgroups-mode", "soft", "--image-path", spec.imageDirectory().toString(),
                "--work-path", spec.workDirectory().toString(), id);
        Map<String, String> environment = OperationProcesses.marked(program.environment(options),
                OperationProcesses.CHECKPOINT_OF, program.root(), id);
        try {
            CommandOutcome outcome = program.executor()
                    .run(new Command(command, environment, spec.timeout(), 0, false, ""));
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
}
