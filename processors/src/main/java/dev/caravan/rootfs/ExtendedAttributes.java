package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;

/**
 * Extended attributes of any name space, which Java cannot reach. Names and values have one character for each byte.
 * Symbolic links are not followed.
 */
public interface ExtendedAttributes {

    /**
     * Reads the attributes of many files at once. Files that have none, or that are gone, are left out.
     *
     * @param rawPaths absolute paths, one character a byte
     */
    Map<String, SortedMap<String, String>> read(Collection<String> rawPaths) throws IOException;

    /** Adds or replaces attributes of many files at once; the keys are absolute paths, one character a byte. */
    void write(Map<String, SortedMap<String, String>> attributes) throws IOException;

    /** Removes one attribute of a file. */
    void remove(Path path, String name) throws IOException;
}
