package dev.caravan.request;

import dev.caravan.wire.Excerpt;

/** A request that can never be acted on; the message names the field, the value and what is allowed, in at most {@value Excerpt#REASON} characters. */
public class RequestRejected extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String error;

    /**
     * @param error a short code for programs, for example {@code bad-request}
     */
    public RequestRejected(String error, String reason) {
        super(Excerpt.reason(reason));
        this.error = error;
    }

    public RequestRejected(String error, String reason, Throwable cause) {
        super(Excerpt.reason(reason), cause);
        this.error = error;
    }

    public String error() {
        return error;
    }
}
