package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.file.Path;

/** A disk is too small for what is to be written to it. */
public class NoRoom extends IOException {
    private static final long serialVersionUID = 1L;

    public NoRoom(Path where, long neededBytes, long freeBytes) {
        super("no room in " + where + ": " + (neededBytes >> 20) + " MiB are needed, " + (freeBytes >> 20)
                + " MiB are free");
    }
}
