package dev.caravan.store;

/** A {@link Store} cannot be opened, read or written; the message names its file. */
public class StoreFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
