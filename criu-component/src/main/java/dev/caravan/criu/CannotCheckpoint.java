package dev.caravan.criu;

/** The container cannot be checkpointed; it is still whole and still paused. */
public final class CannotCheckpoint extends RuntimeFault {

    private static final long serialVersionUID = 1;

    /**
     * @param container
     *            its name
     * @param cause
     *            one sentence
     * @param log
     *            what shows it
     */
    public CannotCheckpoint(String container, String cause, LogExcerpt log) {
        super("Cannot checkpoint container " + container, cause, log, null);
    }

    /**
     * @param container
     *            its name
     * @param cause
     *            one sentence
     * @param origin
     *            what was caught
     */
    public CannotCheckpoint(String container, String cause, Throwable origin) {
        super("Cannot checkpoint container " + container, cause, LogExcerpt.NONE, origin);
    }
}
