package dev.caravan.simulation;

import dev.caravan.criu.ContainerState.Status;
import java.nio.file.Path;

/** One copy of a container at one host. What it does is to count, in its memory and in a file. */
final class Copy {
    final String host;
    final String container;
    final int pid;
    final Path bundle;
    /** The directory of the gate that it was restored behind; null if it was started here. */
    final Path gate;
    Status status;
    /** It is restored, and has not run since. */
    boolean held;
    long count;

    Copy(String host, String container, int pid, Path bundle, Path gate, long count) {
        this.host = host;
        this.container = container;
        this.pid = pid;
        this.bundle = bundle;
        this.gate = gate;
        this.held = gate != null;
        this.status = Status.RUNNING;
        this.count = count;
    }

    /** Whether its processes run now. */
    boolean runs() {
        return status == Status.RUNNING && !held;
    }

    /** Whether it is there, running or not. */
    boolean lives() {
        return status == Status.RUNNING || status == Status.PAUSED;
    }

    Path file() {
        return bundle.resolve("rootfs").resolve("count");
    }
}
