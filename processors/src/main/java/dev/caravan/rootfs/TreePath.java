package dev.caravan.rootfs;

import java.nio.charset.StandardCharsets;

/**
 * A path inside a root file system, as the kernel sees it: bytes without a character set. Linux file names need not be
 * UTF-8, and Java turns the ones that are not into text that names no file; here nothing is decoded. The bytes are kept
 * as a string with one character a byte (ISO 8859-1), which orders them as unsigned bytes and so puts a directory
 * before what is in it.
 *
 * @param raw one character, 0 to 255, for each byte; components separated by one slash; empty for the root itself
 */
public record TreePath(String raw) implements Comparable<TreePath> {
    /** The root of the tree. */
    public static final TreePath ROOT = new TreePath("");
    /** A path has at most this many bytes (PATH_MAX less a root's share). */
    public static final int MAX_BYTES = 3584;
    /** A component has at most this many bytes (NAME_MAX). */
    public static final int MAX_NAME_BYTES = 255;
    /** A path has at most this many components. */
    public static final int MAX_DEPTH = 512;

    /** The path of a child. */
    public TreePath child(String rawName) {
        return new TreePath(raw.isEmpty() ? rawName : raw + '/' + rawName);
    }

    /** The directory that holds it; the root's parent is the root. */
    public TreePath parent() {
        int slash = raw.lastIndexOf('/');
        return slash < 0 ? ROOT : new TreePath(raw.substring(0, slash));
    }

    /** Its name in the directory that holds it; the root is in itself, by the name of a dot. */
    String name() {
        return raw.isEmpty() ? "." : raw.substring(raw.lastIndexOf('/') + 1);
    }

    public boolean isRoot() {
        return raw.isEmpty();
    }

    /** Why this path cannot be used below a root, or null if it can. */
    public String whyNot() {
        if (raw.length() > MAX_BYTES) {
            return "path is longer than " + MAX_BYTES + " bytes";
        }
        int depth = 0;
        int start = 0;
        while (start <= raw.length() && !raw.isEmpty()) {
            int end = raw.indexOf('/', start);
            end = end < 0 ? raw.length() : end;
            String name = raw.substring(start, end);
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                return "path has the component '" + name + "'";
            }
            if (name.length() > MAX_NAME_BYTES) {
                return "path has a component of more than " + MAX_NAME_BYTES + " bytes";
            }
            if (++depth > MAX_DEPTH) {
                return "path has more than " + MAX_DEPTH + " components";
            }
            start = end + 1;
        }
        for (int i = 0; i < raw.length(); i++) {
            if (raw.charAt(i) == 0 || raw.charAt(i) > 0xff) {
                return "path has a character that no file name has";
            }
        }
        return null;
    }

    @Override
    public int compareTo(TreePath other) {
        return raw.compareTo(other.raw);
    }

    /** For people: UTF-8 where it is that, with control characters made visible. */
    @Override
    public String toString() {
        String text = "/" + new String(raw.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
