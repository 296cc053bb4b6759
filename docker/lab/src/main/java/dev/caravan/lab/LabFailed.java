package dev.caravan.lab;

/** The lab cannot do what it was asked; the message says what failed and, where known, what to do. */
public class LabFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LabFailed(String message) {
        super(message);
    }

    public LabFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
