package dev.caravan.authority;

/** The authorities do not enrol a platform; the message is the reason, and fit for the platform to see. */
public class EnrolmentRefused extends Exception {
    private static final long serialVersionUID = 1L;

    public EnrolmentRefused(String reason) {
        super(reason);
    }

    public EnrolmentRefused(String reason, Throwable cause) {
        super(reason, cause);
    }
}
