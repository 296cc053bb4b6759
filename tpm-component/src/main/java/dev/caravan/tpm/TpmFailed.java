package dev.caravan.tpm;

/** The TPM cannot be reached, does not answer in time, or ({@link TpmRefused}) refuses a command. */
public class TpmFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TpmFailed(String message) {
        super(message);
    }

    public TpmFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
