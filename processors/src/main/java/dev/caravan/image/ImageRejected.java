package dev.caravan.image;

import dev.caravan.wire.Excerpt;
import java.io.IOException;

/** An image file holds what a container must not get here, or cannot be read; the message names the file and why. */
public final class ImageRejected extends IOException {
    private static final long serialVersionUID = 1L;

    ImageRejected(String file, String why) {
        super(Excerpt.reason("image file " + file + ": " + why));
    }
}
