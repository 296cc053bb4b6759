package dev.caravan.beneath;

import java.nio.file.FileSystemException;

/** Something else than a regular file is where one should be; it was not opened. */
public class NotRegular extends FileSystemException {
    private static final long serialVersionUID = 1L;

    NotRegular(String path) {
        super(path, null, "not a regular file");
    }
}
