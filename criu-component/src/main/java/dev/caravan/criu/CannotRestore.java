package dev.caravan.criu;

/** The container cannot be restored here; nothing of it is left here. */
public final class CannotRestore extends RuntimeFault {

    private static final long serialVersionUID = 1;

    /**
     * @param container
     *            its name
     * @param cause
     *            one sentence
     * @param log
     *            what shows it
     */
    public CannotRestore(String container, String cause, LogExcerpt log) {
        super("Cannot restore container " + container, cause, log, null);
    }

    /**
     * @param container
     *            its name
     * @param cause
     *            one sentence
     * @param origin
     *            what was caught
     */
    public CannotRestore(String container, String cause, Throwable origin) {
        super("Cannot restore container " + container, cause, LogExcerpt.NONE, origin);
    }
}
