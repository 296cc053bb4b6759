package dev.caravan.stream;

import java.io.IOException;
import java.time.Duration;

/** The peer has acknowledged nothing for too long, although everything was sent again and again. */
public final class TransferStalled extends IOException {

    private static final long serialVersionUID = 1L;

    TransferStalled(long oldest, int sends, Duration silence, Throwable lastTransportFailure) {
        super("no acknowledgement for " + silence.toMillis() + " ms; batch " + oldest + " was sent " + sends + " times",
                lastTransportFailure);
    }
}
