package dev.caravan.criu;

/**
 * How a command ended.
 *
 * @param exit
 *            its exit status; 128 + signal number when a signal ended it
 * @param output
 *            the end of its standard output
 * @param errors
 *            the end of its standard error
 */
public record CommandOutcome(int exit, String output, String errors) {

    /** @return whether it ended with status 0 */
    public boolean succeeded() {
        return exit == 0;
    }
}
