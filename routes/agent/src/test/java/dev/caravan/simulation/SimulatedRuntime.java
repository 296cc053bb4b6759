package dev.caravan.simulation;

import dev.caravan.criu.CannotCheckpoint;
import dev.caravan.criu.CannotControl;
import dev.caravan.criu.CannotRestore;
import dev.caravan.criu.CheckpointSpec;
import dev.caravan.criu.CommitGate;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.ContainerState;
import dev.caravan.criu.HeldRestore;
import dev.caravan.criu.LogExcerpt;
import dev.caravan.criu.RestoreSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A host's runtime, as one agent calls it: its containers are objects, and its images hold a number. */
final class SimulatedRuntime implements ContainerRuntime {
    /** A name that images may have, and that no rule of images reads. */
    private static final String IMAGE = "pstree.img";

    private final SimulatedHost host;
    private final SimulatedAgent agent;

    SimulatedRuntime(SimulatedHost host, SimulatedAgent agent) {
        this.host = host;
        this.agent = agent;
    }

    @Override
    public ContainerState state(String id) {
        agent.step("state");
        Copy copy = host.copy(id);
        return copy == null
                ? new ContainerState(id, Status.ABSENT, 0, null)
                : new ContainerState(id, copy.status, copy.pid, copy.bundle);
    }

    @Override
    public List<String> containers() {
        agent.step("containers");
        return host.containers();
    }

    @Override
    public List<Path> workDirectories(String id) {
        Copy copy = host.copy(id);
        return copy == null || copy.gate == null ? List.of() : List.of(copy.gate);
    }

    @Override
    public boolean lives(String id) {
        agent.step("lives");
        Copy copy = host.copy(id);
        return copy != null && copy.lives();
    }

    @Override
    public boolean restoring(String id) {
        agent.step("restoring");
        Copy copy = host.copy(id);
        return copy != null && copy.held;
    }

    @Override
    public void examine(String id) {
        if (agent.stepFails("examine")) {
            throw new CannotCheckpoint(id, "it does not let itself be examined", LogExcerpt.NONE);
        }
    }

    @Override
    public void pause(String id) {
        boolean fails = agent.stepFails("pause");
        Copy copy = host.copy(id);
        if (copy == null || !copy.lives() || fails && host.coin()) {
            throw new CannotControl(id, "it does not freeze", LogExcerpt.NONE);
        }
        host.change(copy, Status.PAUSED);
        if (fails) {
            throw new CannotControl(id, "it froze, but too late", LogExcerpt.NONE);
        }
    }

    @Override
    public void resume(String id) {
        boolean fails = agent.stepFails("resume");
        Copy copy = host.copy(id);
        if (copy == null || !copy.lives() || fails) {
            throw new CannotControl(id, "it does not thaw", LogExcerpt.NONE);
        }
        host.change(copy, Status.RUNNING);
    }

    @Override
    public void checkpoint(CheckpointSpec spec) {
        boolean fails = agent.stepFails("checkpoint");
        Copy copy = host.copy(spec.id());
        if (copy == null || copy.status != Status.PAUSED || fails) {
            throw new CannotCheckpoint(spec.id(), "it is not frozen, or cannot be dumped", LogExcerpt.NONE);
        }
        write(spec.imageDirectory().resolve(IMAGE), Long.toString(copy.count));
    }

    @Override
    public void awaitNoCheckpoint(String id) {
        // a dump takes no time
    }

    @Override
    public HeldRestore restore(RestoreSpec spec) {
        boolean fails = agent.stepFails("restore");
        if (host.copy(spec.id()) != null || fails && host.coin()) {
            throw new CannotRestore(spec.id(), "it cannot be restored", LogExcerpt.NONE);
        }
        CommitGate gate = new CommitGate(spec.gateDirectory());
        gate.install();
        write(spec.gateDirectory().resolve("work"), spec.workDirectory().toString());
        write(spec.gateDirectory().resolve("held"), "1");
        host.restored(spec.id(), spec.bundle(), spec.gateDirectory(),
                Long.parseLong(read(spec.imageDirectory().resolve(IMAGE))));
        if (fails) {
            host.remove(spec.id(), "failed");
            throw new CannotRestore(spec.id(), "it ended at its gate", LogExcerpt.NONE);
        }
        agent.step("restored");
        return HeldRestore.rediscover(this, spec.id(), spec.gateDirectory());
    }

    @Override
    public void tidy(Path workDirectory) {
        // nothing is mounted
    }

    @Override
    public void remove(String id) {
        if (agent.stepFails("remove")) {
            throw new CannotControl(id, "it does not end", LogExcerpt.NONE);
        }
        host.remove(id, "removed");
    }

    static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
