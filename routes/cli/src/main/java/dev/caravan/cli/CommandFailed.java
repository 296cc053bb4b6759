package dev.caravan.cli;

/** A command cannot do what it was asked; carries the exit code that tells why. */
public class CommandFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Something went wrong; the container, if one is concerned, runs where it did. */
    public static final int FAILED = 1;
    /** The command was called wrongly. */
    public static final int USAGE = 2;
    /** A policy, signature or certificate forbids it. */
    public static final int REFUSED = 3;
    /** The environment does not fit. */
    public static final int ENVIRONMENT = 4;
    /** It is not known how it ended. */
    public static final int IN_DOUBT = 5;

    private final int exitCode;

    public CommandFailed(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
