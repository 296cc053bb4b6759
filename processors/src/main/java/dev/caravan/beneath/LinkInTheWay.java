package dev.caravan.beneath;

import java.nio.file.FileSystemException;

/** A symbolic link is where a directory or file should be; it was not followed. */
public class LinkInTheWay extends FileSystemException {
    private static final long serialVersionUID = 1L;

    LinkInTheWay(String path) {
        super(path, null, "a symbolic link is in the way, and is not followed");
    }
}
