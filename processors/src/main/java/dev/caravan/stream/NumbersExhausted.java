package dev.caravan.stream;

import java.io.IOException;

/** A session's key has sealed as many batches as one key may; the migration needs a new session. */
public final class NumbersExhausted extends IOException {

    private static final long serialVersionUID = 1L;

    NumbersExhausted() {
        super("the session key has sealed its last batch (" + BatchHeader.MAX_NUMBER + "); a new session is needed");
    }
}
