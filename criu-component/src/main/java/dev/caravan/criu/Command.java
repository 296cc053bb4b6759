package dev.caravan.criu;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One program to run. It is started directly, never through a shell, so that no argument needs quoting.
 *
 * @param arguments
 *            the program and its arguments, as the kernel gets them
 * @param environment
 *            variables added to, or replacing, those of this JVM
 * @param timeout
 *            after which the program is killed
 * @param captured
 *            how many bytes of each of its output streams are kept (the last ones); 0 gives it {@code /dev/null}
 * @param killsDescendants
 *            whether whatever it has started is killed with it; a CRIU at work must not be
 * @param input
 *            what it reads from its standard input, in UTF-8; without any it gets {@code /dev/null}
 */
public record Command(List<String> arguments, Map<String, String> environment, Duration timeout, int captured,
        boolean killsDescendants, String input) {

    /** What {@link #of} keeps of each stream, in bytes. */
    public static final int DEFAULT_CAPTURED = 64 * 1024;

    /** Copies its collections and refuses an empty command, a time-out that is not positive and a negative limit. */
    public Command {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("A command needs a program");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("A command's time-out must be positive, not " + timeout);
        }
        if (captured < 0) {
            throw new IllegalArgumentException("A command cannot keep " + captured + " bytes of output");
        }
    }

    /**
     * @param arguments
     *            see {@link Command}
     * @param environment
     *            see {@link Command}
     * @param timeout
     *            see {@link Command}
     * @param captured
     *            see {@link Command}
     */
    public Command(List<String> arguments, Map<String, String> environment, Duration timeout, int captured) {
        this(arguments, environment, timeout, captured, true, "");
    }

    /**
     * @param timeout
     *            see {@link Command}
     * @param arguments
     *            see {@link Command}
     * @return a command that keeps the end of its output
     */
    public static Command of(Duration timeout, String... arguments) {
        return new Command(List.of(arguments), Map.of(), timeout, DEFAULT_CAPTURED);
    }

    /**
     * @param text
     *            see {@link Command}
     * @return the same command, which reads the text
     */
    public Command withInput(String text) {
        return new Command(arguments, environment, timeout, captured, killsDescendants, text);
    }

    /** @return the program's name without its directory, for messages */
    public String program() {
        String path = arguments.get(0);
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
