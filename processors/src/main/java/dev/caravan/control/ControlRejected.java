package dev.caravan.control;

import dev.caravan.wire.Excerpt;

/** A control message that can never be acted on: malformed, forged, or meant for somebody else. */
public class ControlRejected extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ControlRejected(String reason) {
        super(Excerpt.reason(reason));
    }

    public ControlRejected(String reason, Throwable cause) {
        super(Excerpt.reason(reason), cause);
    }
}
