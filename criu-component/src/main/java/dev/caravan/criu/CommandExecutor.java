package dev.caravan.criu;

import java.io.IOException;
import java.util.concurrent.TimeoutException;

/** The seam to everything that runs outside of the JVM: tests and other ways to reach a host take its place. */
@FunctionalInterface
public interface CommandExecutor {

    /**
     * Runs a command to its end.
     *
     * @param command
     *            what to run
     * @return how it ended, whatever its exit status
     * @throws IOException
     *             if it cannot be started
     * @throws TimeoutException
     *             if it took longer than it may; it has been killed
     * @throws InterruptedException
     *             if this thread was interrupted; the command has been killed
     */
    CommandOutcome run(Command command) throws IOException, TimeoutException, InterruptedException;
}
