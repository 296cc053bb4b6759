package dev.caravan.rootfs;

import java.io.IOException;

/** Bytes that came from another machine are no manifest, or one that must not be acted on. */
public class ManifestRejected extends IOException {
    private static final long serialVersionUID = 1L;

    public ManifestRejected(String reason) {
        super(reason);
    }
}
