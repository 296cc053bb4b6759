package dev.caravan.criu;

import dev.caravan.criu.ContainerState.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A runtime that only remembers what it was told. */
final class FakeRuntime implements ContainerRuntime {

    final List<Object> told = new ArrayList<>();
    Status status = Status.RUNNING;
    boolean restoring;

    @Override
    public ContainerState state(String id) {
        return new ContainerState(id, status, 7, null);
    }

    @Override
    public List<String> containers() {
        return List.of();
    }

    @Override
    public List<Path> workDirectories(String id) {
        return List.of();
    }

    @Override
    public boolean lives(String id) {
        return status == Status.RUNNING;
    }

    @Override
    public boolean restoring(String id) {
        return restoring;
    }

    @Override
    public void examine(String id) {
        told.add("examine " + id);
    }

    @Override
    public void pause(String id) {
        told.add("pause " + id);
    }

    @Override
    public void resume(String id) {
        told.add("resume " + id);
    }

    @Override
    public void checkpoint(CheckpointSpec spec) {
        told.add(spec);
    }

    @Override
    public void awaitNoCheckpoint(String id) {
        told.add("await " + id);
    }

    @Override
    public HeldRestore restore(RestoreSpec spec) {
        told.add(spec);
        return HeldRestore.rediscover(this, spec.id(), spec.gateDirectory());
    }

    @Override
    public void tidy(Path workDirectory) {
        // nothing is mounted
    }

    @Override
    public void remove(String id) {
        told.add("remove " + id);
    }
}
