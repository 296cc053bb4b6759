package dev.caravan.network;

import java.io.IOException;

/** A container's network cannot be moved, or a step of moving it failed. */
public class NetworkFailed extends IOException {
    private static final long serialVersionUID = 1L;

    public NetworkFailed(String reason) {
        super(reason);
    }

    public NetworkFailed(String reason, Throwable cause) {
        super(reason, cause);
    }
}
