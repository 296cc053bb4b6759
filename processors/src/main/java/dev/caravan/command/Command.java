package dev.caravan.command;

import java.time.Duration;
import java.util.List;

/**
 * One program to run. It is started directly, never through a shell, so that no argument needs quoting.
 *
 * @param arguments the program and its arguments
 * @param input     what it reads from its standard input; may be empty
 * @param timeout   after which it is killed
 */
public record Command(List<String> arguments, byte[] input, Duration timeout) {

    /** What {@link #of} allows a program; the tools that Caravan calls end within milliseconds. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(20);

    private static final byte[] NOTHING = {};

    public Command {
        arguments = List.copyOf(arguments);
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("a command needs a program");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("a command's time-out must be positive");
        }
    }

    /** A command without input, with the default time-out. */
    public static Command of(String... arguments) {
        return new Command(List.of(arguments), NOTHING, DEFAULT_TIMEOUT);
    }

    /** The same command reading {@code bytes}. */
    public Command withInput(byte[] bytes) {
        return new Command(arguments, bytes, timeout);
    }

    /** The same command with another time-out. */
    public Command within(Duration limit) {
        return new Command(arguments, input, limit);
    }

    /** The program and its arguments, not its input, for messages. */
    @Override
    public String toString() {
        return String.join(" ", arguments);
    }
}
