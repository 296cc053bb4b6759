package dev.caravan.event;

import dev.caravan.wire.Excerpt;

/** An event that nobody answers for: whoever may send to the broker's topic, or the broker, may have made it up. */
public class EventUnverified extends Exception {
    private static final long serialVersionUID = 1L;

    public EventUnverified(String reason) {
        super(Excerpt.reason(reason));
    }

    public EventUnverified(String reason, Throwable cause) {
        super(Excerpt.reason(reason), cause);
    }
}
