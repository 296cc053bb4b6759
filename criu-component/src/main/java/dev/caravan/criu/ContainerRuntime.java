package dev.caravan.criu;

import java.nio.file.Path;
import java.util.List;

/**
 * What a container runtime must be able to do for a container to move and for exactly one copy of it to live. Every
 * operation may be repeated after a crash of the caller. Failures are {@link RuntimeFault}s.
 */
public interface ContainerRuntime {

    /**
     * @param id
     *            the container's name
     * @return what the runtime knows of it; an unknown container is {@link ContainerState.Status#ABSENT}
     * @throws CannotControl
     *             if the runtime does not answer
     */
    ContainerState state(String id);

    /**
     * @return the names of all containers that the runtime keeps a state of, in their order
     * @throws CannotControl
     *             if they cannot be listed
     */
    List<String> containers();

    /**
     * What an agent that died may have left: a checkpoint is cleaned up after by {@link #resume}, a restore by
     * {@link #remove}.
     *
     * @param id
     *            the container's name
     * @return the work directory of a checkpoint of it, and the gate that it was restored behind; a restored container
     *         keeps its gate
     */
    List<Path> workDirectories(String id);

    /**
     * @param id
     *            the container's name
     * @return whether there is any process of it, also one that the runtime does not know
     * @throws CannotControl
     *             if that cannot be found out
     */
    boolean lives(String id);

    /**
     * @param id
     *            the container's name
     * @return whether a restore of it is under way, whoever started it
     * @throws CannotControl
     *             if that cannot be found out
     */
    boolean restoring(String id);

    /**
     * Refuses a running container that is known not to let itself be dumped, before it is frozen in vain.
     *
     * @param id
     *            the container's name
     * @throws CannotCheckpoint
     *             naming what stands in the way
     */
    void examine(String id);

    /**
     * Freezes every process of the container. Pausing a paused container does nothing.
     *
     * @param id
     *            the container's name
     * @throws CannotControl
     *             if it does not run, or does not freeze
     */
    void pause(String id);

    /**
     * Lets a paused container go on, once no checkpoint of it is under way any more; a checkpoint that hangs is ended.
     * Returns when the container is seen not to be frozen any more. Resuming a running container does nothing.
     *
     * @param id
     *            the container's name
     * @throws CannotControl
     *             if it does not run, or stays frozen
     */
    void resume(String id);

    /**
     * Writes the image of a paused container, which stays frozen and whole, whatever the outcome.
     *
     * @param spec
     *            which container, and where to
     * @throws CannotCheckpoint
     *             if it is not paused or holds something that cannot be dumped
     */
    void checkpoint(CheckpointSpec spec);

    /**
     * Returns when no checkpoint of the container is under way; one that hangs is ended.
     *
     * @param id
     *            the container's name
     * @throws CannotControl
     *             if one still works after two minutes
     */
    void awaitNoCheckpoint(String id);

    /**
     * Restores a container up to its commit gate: every process exists and none has run. What holds it there outlives
     * this JVM. A restore that stands still, or is not wanted any more, is ended. After a failure nothing of the
     * container is left.
     *
     * @param spec
     *            from where, and by which gate
     * @return the container, held
     * @throws CannotRestore
     *             if the gate was not reached
     */
    HeldRestore restore(RestoreSpec spec);

    /**
     * Takes away what a checkpoint or restore that was killed has left mounted in its work directory, so that it can be
     * deleted. A directory that does not exist is none to tidy.
     *
     * @param workDirectory
     *            of a checkpoint or restore that has ended
     * @throws CannotControl
     *             if something stays mounted
     */
    void tidy(Path workDirectory);

    /**
     * Kills every process of the container and forgets it. A frozen container does not run a single further
     * instruction. Removing an absent container does nothing.
     *
     * @param id
     *            the container's name
     * @throws CannotControl
     *             if something of it is still there afterwards
     */
    void remove(String id);
}
