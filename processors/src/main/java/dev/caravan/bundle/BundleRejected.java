package dev.caravan.bundle;

import java.io.IOException;

/** A config.json cannot be read as an OCI runtime configuration; the message says where and what is allowed. */
public final class BundleRejected extends IOException {
    private static final long serialVersionUID = 1L;

    BundleRejected(String message) {
        super(message);
    }

    BundleRejected(String message, Throwable cause) {
        super(message, cause);
    }
}
