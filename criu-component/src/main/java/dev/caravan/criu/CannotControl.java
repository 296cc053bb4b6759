package dev.caravan.criu;

/** The runtime did not do what it was told to: pause, resume, remove or report. */
public final class CannotControl extends RuntimeFault {

    private static final long serialVersionUID = 1;

    /**
     * @param container
     *            its name
     * @param cause
     *            one sentence
     * @param log
     *            what shows it
     */
    public CannotControl(String container, String cause, LogExcerpt log) {
        super("Cannot control container " + container, cause, log, null);
    }

    /**
     * @param container
     *            its name
     * @param cause
     *            one sentence
     * @param origin
     *            what was caught
     */
    public CannotControl(String container, String cause, Throwable origin) {
        super("Cannot control container " + container, cause, LogExcerpt.NONE, origin);
    }
}
