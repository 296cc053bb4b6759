package dev.caravan.journal;

/** The journal could not be read or written; nothing may be acted on that it does not hold. */
public class JournalFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JournalFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
