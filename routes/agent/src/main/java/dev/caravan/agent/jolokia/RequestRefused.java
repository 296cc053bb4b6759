package dev.caravan.agent.jolokia;

/** A request that does not reach Jolokia; the message names what is wrong and what is allowed. */
final class RequestRefused extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    /** @param status the HTTP status of the answer */
    RequestRefused(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }
}
