package dev.caravan.criu;

import java.nio.file.Path;

/**
 * Where the whole log of a failure is, and its end.
 *
 * @param path
 *            the log file; null if there is none
 * @param tail
 *            its last lines, at most {@value #MAX_TAIL} characters
 */
public record LogExcerpt(Path path, String tail) {

    /** Largest tail, in characters. */
    public static final int MAX_TAIL = 16 * 1024;

    /** No log at all. */
    public static final LogExcerpt NONE = new LogExcerpt(null, "");

    /** Cuts the tail to its limit. */
    public LogExcerpt {
        tail = tail.length() <= MAX_TAIL ? tail : tail.substring(tail.length() - MAX_TAIL);
    }
}
