package dev.caravan.tpm;

/** A quote, key or signature that does not hold; the message is the reason. */
public class QuoteRejected extends Exception {
    private static final long serialVersionUID = 1L;

    public QuoteRejected(String reason) {
        super(reason);
    }

    public QuoteRejected(String reason, Throwable cause) {
        super(reason, cause);
    }
}
