package dev.caravan.command;

import java.io.IOException;

/** Runs programs; tests and other ways to reach a host take its place. */
@FunctionalInterface
public interface CommandRunner {

    /**
     * Runs a command to its end.
     *
     * @return what it wrote to its standard output
     * @throws CommandFailed if it ended with a status other than 0, took too long or wrote too much
     * @throws IOException   if it cannot be started, or this thread was interrupted (the command has been killed)
     */
    byte[] run(Command command) throws IOException;
}
