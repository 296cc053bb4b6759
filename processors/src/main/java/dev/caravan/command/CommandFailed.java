package dev.caravan.command;

import java.io.IOException;

/** A program did not do what it was asked to. The message names the program and what it complained of. */
public class CommandFailed extends IOException {
    private static final long serialVersionUID = 1L;

    /** The status of a command that was killed because it took too long or wrote too much. */
    public static final int KILLED = -1;

    private final int status;
    private final String complaint;
    private final transient byte[] output;

    /**
     * @param command   what was run
     * @param status    its exit status, or {@link #KILLED}
     * @param complaint what it wrote to its standard error, or why it was killed
     * @param output    what it had written to its standard output
     */
    public CommandFailed(Command command, int status, String complaint, byte[] output) {
        super(describe(command, status, complaint));
        this.status = status;
        this.complaint = complaint;
        this.output = output;
    }

    private static String describe(Command command, int status, String complaint) {
        String said = complaint.strip();
        return command + " failed" + (status == KILLED ? "" : " with status " + status)
                + (said.isEmpty() ? "" : ": " + said.lines().limit(3).reduce((a, b) -> a + "; " + b).orElse(""));
    }

    public int status() {
        return status;
    }

    /** Its standard error, whole up to the runner's bound. */
    public String complaint() {
        return complaint;
    }

    /** What it had written before; empty if that was not kept. */
    public byte[] output() {
        return output == null ? new byte[0] : output;
    }
}
