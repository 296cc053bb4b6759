package dev.caravan.tpm;

/** The TPM does not answer, or refuses a command. */
public class TpmFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TpmFailed(String message) {
        super(message);
    }

    public TpmFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
